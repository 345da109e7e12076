"""Owner calls: what one instance asks of another that owns a streaming message, and their form on the wire.

A call may be lost, and so may its response: the asking instance waits a short time and then acts by itself.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bitworks.core.encoding import from_json
from bitworks.core.ids import MessageId, UserId
from bitworks.features.history.records import Status

Outcome = Literal["done", "not_owner", "out_of_order", "invalid_input", "unavailable"]


@dataclass(frozen=True, slots=True)
class AppendRequest:
    """Adds text, which may begin or end within a surrogate pair."""

    text: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class EndRequest:
    """Ends the message. `call` is the fingerprint of the call that asks for it, in hexadecimal."""

    status: Status
    call: str
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OwnerCall:
    """`asker` is the instance that waits for the response."""

    id: str
    asker: str
    user_id: UserId
    message_id: MessageId
    request: AppendRequest | EndRequest


@dataclass(frozen=True, slots=True)
class OwnerResponse:
    """How far the text goes is told with `done` and `out_of_order`; `detail` is why input is invalid."""

    id: str
    outcome: Outcome
    length: int = 0
    durable: int = 0
    detail: str = ""


def encode(message: OwnerCall | OwnerResponse) -> bytes:
    """ASCII, so that halves of surrogate pairs travel too. The names on the wire are those of the first release."""
    fields = asdict(message)
    if isinstance(message, OwnerCall):
        return json.dumps({"kind": "Errand", "wanted": fields.pop("request"), **fields}).encode()
    return json.dumps({"kind": "Answer", **fields}).encode()


def decode(data: bytes) -> OwnerCall | OwnerResponse | None:
    """None for what is neither."""
    try:
        fields: Any = from_json(data)
        kind = fields.pop("kind")
        if kind == "Answer":
            return OwnerResponse(**fields)
        request = fields.pop("wanted")
        return OwnerCall(
            **fields, request=AppendRequest(**request) if "text" in request else EndRequest(**request)
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
