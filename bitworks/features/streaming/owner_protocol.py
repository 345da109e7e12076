"""Owner calls: the requests of one instance to another that owns a streaming message, and their form on the wire.

A call may be lost, and so may its response: the calling instance waits a short time and then takes the message over.
The fields of these records are names on the wire.
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
    """Adds text, which may begin or end within a surrogate pair. `offset` is in UTF-16 code units; None: at the end."""

    text: str
    """At most 8,000 characters."""
    offset: int | None
    """Where it begins, in UTF-16 code units; None: at the end."""


@dataclass(frozen=True, slots=True)
class EndRequest:
    """Ends the message. `call` is the fingerprint of the client's call, in hexadecimal; `metadata` is added."""

    status: Status
    """The status that it gets."""
    call: str
    """The fingerprint of the client's call, in hexadecimal."""
    metadata: dict[str, Any]
    """Keys that are added to those of the message."""


@dataclass(frozen=True, slots=True)
class OwnerCall:
    """A request to the owner of a message.

    `id` is a new UUID; `asker` is the name of the instance that waits for the response.
    """

    id: str
    asker: str
    user_id: UserId
    """The user of the message."""
    message_id: MessageId
    """The message."""
    request: AppendRequest | EndRequest
    """What the owner is to do."""


@dataclass(frozen=True, slots=True)
class OwnerResponse:
    """The outcome of the call of this id.

    `length` and `durable`, in UTF-16 code units, come with `done` and `out_of_order`; `detail` with `invalid_input` and
    `unavailable`.
    """

    id: str
    """The id of the call."""
    outcome: Outcome
    """`done`, or why not."""
    length: int = 0
    """UTF-16 code units that the message holds; with `done` and `out_of_order`."""
    durable: int = 0
    """How many of them are known to be committed."""
    detail: str = ""
    """For people; with `invalid_input` and `unavailable`."""


def encode(message: OwnerCall | OwnerResponse) -> bytes:
    """The message as JSON, in ASCII so that half pairs pass. The names are those of the first release."""
    fields = asdict(message)
    if isinstance(message, OwnerCall):
        return json.dumps({"kind": "Errand", "wanted": fields.pop("request"), **fields}).encode()
    return json.dumps({"kind": "Answer", **fields}).encode()


def decode(data: bytes) -> OwnerCall | OwnerResponse | None:
    """The call or response that these bytes encode; None for any others."""
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
