"""Socket.IO v5 packets: strict decoding of those from clients, encoding of those to them. No I/O."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from socketio.packet import Packet as StockPacket

from bitworks.realtime.engine.errors import PacketError
from bitworks.realtime.engine.frame import Frame

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = range(7)

ATTACHMENT_LIMIT: Final = 64
"""Attachments (binary arguments) that one packet may have."""
LARGEST_ACK_ID: Final = 2**53 - 1
"""The largest id of an acknowledgement: JavaScript counts no further without gaps."""
RESERVED_EVENTS: Final = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
"""Event names that no client may send: the server calls handlers of these names by itself."""

_HEAD: Final = re.compile(r"([0-6])(?:([0-9]{1,4})-)?(?:(/[^,]*)(?:,|\Z))?([0-9]{1,16})?")

Loads = Callable[[str], Any]
"""Parses JSON; raises ValueError."""


@dataclass(slots=True)
class Packet:
    """A packet from a client."""

    type: int
    """One of the seven types above."""
    namespace: str
    """The namespace, led by a slash, without a query."""
    id: int | None
    """The id that the acknowledgement of an event has; None: none is expected."""
    data: Any
    """The decoded JSON: a list for events and acknowledgements, an object or None for CONNECT."""
    missing: int = 0
    """Attachments that have not come yet; `data` must not be used before it is 0."""
    attachments: list[bytes] = field(default_factory=list)
    """Attachments that have come, in order."""

    def attach(self, attachment: bytes) -> bool:
        """Adds an attachment. Returns whether it was the last; `data` then has all. Raises PacketError."""
        self.attachments.append(attachment)
        self.missing -= 1
        if self.missing:
            return False
        self.data = self._filled(self.data)
        return True

    def _filled(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if not isinstance(value, dict):
            return value
        if value.get("_placeholder") is True:
            return self._attachment(value.get("num"))
        return {key: self._filled(item) for key, item in value.items()}

    def _attachment(self, number: object) -> bytes:
        if type(number) is not int or not 0 <= number < len(self.attachments):
            raise PacketError("illegal attachments")
        return self.attachments[number]


def is_connect(encoded: str | bytes) -> bool:
    """Returns whether this begins as a CONNECT does, without decoding it."""
    return isinstance(encoded, str) and encoded.startswith(str(CONNECT))


def decode(encoded: str, loads: Loads) -> Packet:
    """Decodes the text of an Engine.IO message. Raises PacketError for all that the reference refuses."""
    head = _HEAD.match(encoded)
    if head is None:
        raise PacketError("unknown Socket.IO packet type")
    type_, attachments, namespace, ack = head.groups()
    packet = Packet(
        type=int(type_),
        namespace=(namespace or "/").partition("?")[0],  # some clients send their query with it
        id=_ack_id(ack),
        data=_load(encoded[head.end() :], loads),
        missing=_attachment_count(int(type_), attachments),
    )
    if not _is_valid(packet):
        raise PacketError("invalid payload")
    if packet.missing == 0 and packet.type in (BINARY_EVENT, BINARY_ACK):
        packet.data = packet._filled(packet.data)
    return packet


def _ack_id(digits: str | None) -> int | None:
    if digits is None:
        return None
    if int(digits) > LARGEST_ACK_ID:
        raise PacketError("acknowledgement id out of range")
    return int(digits)


def _attachment_count(type_: int, digits: str | None) -> int:
    binary = type_ in (BINARY_EVENT, BINARY_ACK)
    if binary != (digits is not None) or int(digits or 0) > ATTACHMENT_LIMIT:
        raise PacketError("illegal attachments")
    return int(digits or 0)


def _load(text: str, loads: Loads) -> Any:
    if not text:
        return None
    try:
        return loads(text)
    except (ValueError, RecursionError) as error:
        raise PacketError("invalid JSON") from error


def _is_valid(packet: Packet) -> bool:
    data = packet.data
    if packet.type in (EVENT, BINARY_EVENT):
        return (
            isinstance(data, list)
            and bool(data)
            and isinstance(data[0], str)
            and data[0] not in RESERVED_EVENTS
        )
    if packet.type in (ACK, BINARY_ACK):
        return isinstance(data, list) and packet.id is not None
    if packet.type == CONNECT:
        return data is None or isinstance(data, dict)
    return packet.type == DISCONNECT and data is None


def encode(packet: StockPacket) -> list[Frame]:
    """Encodes a packet of the library: the frame of its text, then those of its attachments."""
    encoded = packet.encode()
    return [Frame.encoded(part) for part in (encoded if isinstance(encoded, list) else [encoded])]
