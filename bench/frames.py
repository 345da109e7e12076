"""What devices send: finished frames, so that sending costs the client next to nothing."""

import orjson

from bench.wire import Device, frame

CONTENT = (
    "Could you compare the two ways to keep a history in sync: replaying a log of events, and asking for "
    "the rows that changed since? What does each of them cost once one phone was off for a month or more?"
)
DELTA = "word~"
MARK = b"~"  # once in each delta, and in nothing else that is sent
DIGITS = "#" * 12


def signal(device: Device) -> bytes:
    return _event(device, "typing", {"conversation_id": device.user.conversation})


def creation(device: Device, salt: str) -> tuple[bytes, bytes]:
    """A message, but for the last twelve digits of its id, which go between the two parts."""
    body = {"id": f"{salt}-0000-4000-8000-{DIGITS}", "conversation_id": device.user.conversation,
            "role": "user", "content": CONTENT}  # fmt: skip
    before, _, after = _event(device, "message:create", body, acknowledged=True).partition(DIGITS.encode())
    return before, after


def opening(device: Device, message_id: str) -> bytes:
    """Opens a reply that grows."""
    body = {"id": message_id, "conversation_id": device.user.conversation, "role": "assistant",
            "content": "", "status": "streaming"}  # fmt: skip
    return _event(device, "message:create", body, acknowledged=True)


def growth(device: Device, message_id: str, text: str = DELTA) -> bytes:
    return _event(device, "message:append", {"id": message_id, "text": text})


def finish(device: Device, message_id: str) -> bytes:
    return _event(device, "message:finish", {"id": message_id}, acknowledged=True)


def _event(device: Device, name: str, body: dict[str, str], *, acknowledged: bool = False) -> bytes:
    place = f"{device.place}1" if acknowledged else device.place
    return frame(f"42{place}{orjson.dumps([name, body]).decode()}".encode())
