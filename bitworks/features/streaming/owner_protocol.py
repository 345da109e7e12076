"""What one instance asks of another that owns a streaming message, and the form of both on the wire.

An errand may be lost, and so may its answer: whoever asks waits a short time and then helps themselves.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bitworks.core.encoding import from_json
from bitworks.core.ids import MessageId, UserId
from bitworks.core.records import Status

Outcome = Literal["done", "not_owner", "out_of_order", "invalid_input", "unavailable"]


@dataclass(frozen=True, slots=True)
class Append:
    """Adds text, which may begin or end within a surrogate pair."""

    text: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class End:
    """Ends the message. `call` is the fingerprint of the call that asks for it, in hexadecimal."""

    status: Status
    call: str
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Errand:
    """`asker` is the instance that waits for the answer."""

    id: str
    asker: str
    user_id: UserId
    message_id: MessageId
    wanted: Append | End


@dataclass(frozen=True, slots=True)
class Answer:
    """How far the text goes is told with `done` and `out_of_order`; `detail` is why input is invalid."""

    id: str
    outcome: Outcome
    length: int = 0
    durable: int = 0
    detail: str = ""


def encode(message: Errand | Answer) -> bytes:
    """ASCII, so that halves of surrogate pairs travel too."""
    return json.dumps({"kind": type(message).__name__, **asdict(message)}).encode()


def decode(data: bytes) -> Errand | Answer | None:
    """None for what is neither."""
    try:
        fields: Any = from_json(data)
        kind = fields.pop("kind")
        if kind == "Answer":
            return Answer(**fields)
        wanted = fields.pop("wanted")
        return Errand(**fields, wanted=Append(**wanted) if "text" in wanted else End(**wanted))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
