"""Messages for a broker, and the frames of AMQP 0-9-1 that publish one. Pure.

pamqp frames every method there is, from classes of its own: a quarter of what a relay does. This is the one that a
relay sends, thousands of times a second; `tests/amqp/test_messages.py` compares the two.
"""

from dataclasses import dataclass
from struct import Struct

APP_ID = b"bitworks-message"
_METHOD, _HEADER, _BODY, _END = 1, 2, 3, b"\xce"
_BASIC, _PUBLISH, _PERSISTENT = 60, 40, 2
# The properties of a message, in the order of their bits from the highest.
_CONTENT_TYPE, _DELIVERY_MODE, _EXPIRATION, _MESSAGE_ID, _APP_ID = 1 << 15, 1 << 12, 1 << 8, 1 << 7, 1 << 3
_ALWAYS = _CONTENT_TYPE | _DELIVERY_MODE | _MESSAGE_ID | _APP_ID
_frame_head = Struct(">BHI").pack
_method_head = Struct(">HHH").pack
_properties_head = Struct(">HHQH").pack


@dataclass(frozen=True, slots=True)
class BrokerMessage:
    """A message for the broker, which keeps it on its disk."""

    id: str
    """The AMQP message id."""
    body: bytes
    """The body."""
    content_type: str
    """The media type of the body."""
    expires: float | None = None
    """Seconds after which nobody needs it any more; None for never."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes."""

    exchange: str
    """The exchange; empty for the one that leads to the queue of the routing key."""
    routing_key: str
    """The routing key."""
    mandatory: bool = False
    """Whether it is returned if there is no queue for it."""


def frames(channel: int, to: Address, message: BrokerMessage, most: int) -> bytes:
    """Returns the frames that publish a message, the body in pieces of `most` bytes.

    Raises `ValueError` if a name has more than 255 bytes.
    """
    publish = (
        _method_head(_BASIC, _PUBLISH, 0)
        + _short(to.exchange.encode())
        + _short(to.routing_key.encode())
        + (b"\1" if to.mandatory else b"\0")
    )
    expires = b"" if message.expires is None else _short(b"%d" % (message.expires * 1000))  # in milliseconds
    header = (
        _properties_head(_BASIC, 0, len(message.body), _ALWAYS | (_EXPIRATION if expires else 0))
        + _short(message.content_type.encode())
        + bytes([_PERSISTENT])
        + expires
        + _short(message.id.encode())
        + _short(APP_ID)
    )
    pieces = [(_BODY, message.body[start : start + most]) for start in range(0, len(message.body), most)]
    return b"".join(
        _frame_head(kind, channel, len(payload)) + payload + _END
        for kind, payload in ((_METHOD, publish), (_HEADER, header), *pieces)
    )


def _short(text: bytes) -> bytes:
    return bytes([len(text)]) + text
