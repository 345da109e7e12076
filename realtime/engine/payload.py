"""Engine.IO packets from clients: one in a websocket message, or several in a POST. No I/O."""

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bitworks.realtime.engine.errors import PacketError
from bitworks.realtime.engine.frame import Frame

SEPARATOR: Final = "\x1e"
"""Stands between two packets of a polling payload."""
PACKETS_PER_REQUEST: Final = 10_000
"""Packets in one POST, at most: one of nothing but separators would otherwise cost a packet for each byte."""

CLOSE, PING, PONG, MESSAGE, UPGRADE = "1", "2", "3", "4", "5"
_PACKET_TYPES: Final = frozenset("0123456")


class EnginePacket(NamedTuple):
    """A decoded packet."""

    type: str
    """The type digit."""
    data: str | bytes
    """The rest of the packet; bytes only for a binary message."""


def decode_packet(encoded: str | bytes) -> EnginePacket:
    """Decodes the packet in a websocket message. Raises PacketError."""
    if isinstance(encoded, bytes):
        return EnginePacket(MESSAGE, encoded)
    if encoded[:1] not in _PACKET_TYPES or not encoded:
        raise PacketError("unknown Engine.IO packet type")
    return EnginePacket(encoded[0], encoded[1:])


def decode_payload(body: bytes) -> Iterator[EnginePacket]:
    """Yields the packets in the body of a POST, in order. Raises PacketError at the first bad one."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise PacketError("payload is not UTF-8") from error
    if text.count(SEPARATOR) >= PACKETS_PER_REQUEST:
        raise PacketError("too many packets in one request")
    for encoded in text.split(SEPARATOR):
        yield _decode_base64(encoded) if encoded.startswith("b") else decode_packet(encoded)


def _decode_base64(encoded: str) -> EnginePacket:
    try:
        return EnginePacket(MESSAGE, base64.b64decode(encoded[1:], validate=True))
    except (binascii.Error, ValueError) as error:
        raise PacketError("invalid base64") from error


def encode_payload(frames: Sequence[Frame]) -> bytes:
    """Encodes the body of the response to a poll."""
    return SEPARATOR.encode().join([frame.polling for frame in frames])
