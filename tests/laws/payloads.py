"""What the writes of a programme carry."""

from uuid import UUID

from tests.laws.programmes import CONTEXTS, CONVERSATIONS, MESSAGES, Write
from tests.support.people import Json

Answered = dict[tuple[str, str], list[int]]


def an_id(kind: int, row: int) -> str:
    return str(UUID(int=kind << 64 | 7 << 76 | 2 << 62 | row + 1))


CONVERSATION_IDS = [an_id(1, row) for row in range(CONVERSATIONS)]
MESSAGE_IDS = [an_id(2, row) for row in range(MESSAGES)]
CONTEXT_IDS = [an_id(3, row) for row in range(CONTEXTS)]


def payload_of(step: Write, mark: str, answered: Answered) -> Json:
    """`mark` tells whose it is; `answered` has the revisions of each row, as the answers told them."""
    noun, _, verb = step.event.partition(":")
    payload: Json = {}
    if noun == "conversation":
        payload["id"] = CONVERSATION_IDS[step.row % CONVERSATIONS]
    elif noun == "message":
        payload["id"] = MESSAGE_IDS[step.row]
    elif verb == "create":
        payload["id"] = CONTEXT_IDS[step.row % CONTEXTS]
    if noun == "context" or step.event == "message:create":
        payload["conversation_id"] = CONVERSATION_IDS[step.conversation]
    if verb != "delete":
        payload |= _fields(noun, verb, mark, step.value)
    if verb == "update" and step.seen != "unsaid":
        revisions = answered.get(row_of(step.event, payload), [1])
        payload["if_revision"] = (
            revisions[-1] if step.seen == "now" else revisions[max(len(revisions) - 2, 0)]
        )
    return payload


def _fields(noun: str, verb: str, mark: str, value: int) -> Json:
    """A few different bodies. Updates leave some fields out, and the last of them all."""
    text = {"conversation": f"{mark} title {value}", "context": f"{mark} system {value}"}.get(noun)
    object_ = {"zz": value, "owner": mark, "part": value / 4}
    both: Json
    if noun == "conversation":
        both = {"title": text if value != 1 else None, "metadata": object_}
    elif noun == "message":
        # Long enough for a slow reader to fall behind, or too large for Redis.
        length = {3: 700, 4: 70_000}.get(value, 0)
        both = {"content": f"{mark} says {value}" + "." * length, "metadata": object_}
    else:
        window = {"max_messages": value + 1, "owner": mark} if value != 1 else None
        both = {"parameters": {"system": text, "owner": mark}, "context_window": window}
    if verb == "create":
        return both | ({"role": "user"} if noun == "message" else {})
    first, second = both
    return {
        0: {first: both[first]},
        1: both,
        2: {second: both[second]},
        3: both,
        4: {} if noun != "message" else both,
    }[value]


def row_of(event: str, payload: Json) -> tuple[str, str]:
    """What names the row that a write is about; a context goes by its conversation."""
    noun = event.partition(":")[0]
    return noun, payload["conversation_id" if noun == "context" else "id"]
