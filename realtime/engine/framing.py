"""RFC 6455 frames: headers for what a server sends, an incremental reader for what it receives. No I/O."""

import struct
from typing import Final

from bitworks.realtime.engine.errors import FramingError

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
INVALID_TEXT: Final = 1007
TOO_BIG: Final = 1009

REASON_LIMIT: Final = 123  # bytes

_OPCODES: Final = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})


def header(opcode: int, length: int) -> bytes:
    """The header of one final, unmasked frame of `length` bytes."""
    first = 0x80 | opcode
    if length < 126:
        return bytes((first, length))
    if length < 65536:
        return struct.pack("!BBH", first, 126, length)
    return struct.pack("!BBQ", first, 127, length)


def frame(opcode: int, payload: bytes) -> bytes:
    return header(opcode, len(payload)) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """`reason` is cut to what RFC 6455 has room for."""
    text = reason.encode()[:REASON_LIMIT].decode(errors="ignore").encode()
    return frame(CLOSE, struct.pack("!H", code) + text)


def unmask(payload: bytes, key: bytes) -> bytes:
    """`payload` with the client's four-byte mask taken off; linear, in C."""
    size = len(payload)
    pad = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pad, "little")).to_bytes(size, "little")


class FrameReader:
    """Takes bytes as they come, gives whole messages when asked.

    It is pulled, not pushed, so that a caller under back-pressure can stop between two messages of one read.
    It holds at most one message of `limit` bytes plus what was fed since.
    """

    __slots__ = ("_at", "_buffer", "_limit", "_opcode", "_parts")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._at = 0
        self._parts = bytearray()
        self._opcode: int | None = None

    def feed(self, data: bytes) -> None:
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    def next(self) -> tuple[int, bytes] | None:
        """The next whole data message or control frame as (opcode, payload), or None until more is fed.

        Raises FramingError, after which the reader must not be used again.
        """
        while (read := self._next_frame()) is not None:
            final, opcode, payload = read
            if opcode >= CLOSE:
                return opcode, payload
            if (message := self._join(final, opcode, payload)) is not None:
                return message
        if self._at == len(self._buffer):
            self._buffer, self._at = bytearray(), 0  # deleting would keep the room
        return None

    def _next_frame(self) -> tuple[bool, int, bytes] | None:
        buffer, at = self._buffer, self._at
        available = len(buffer) - at
        if available < 2:
            return None
        first, second = buffer[at], buffer[at + 1]
        self._check_header(first, second)
        length, start = second & 0x7F, at + 2
        if length == 126:
            if available < 4:
                return None
            (length,) = struct.unpack_from("!H", buffer, start)
            start += 2
        elif length == 127:
            if available < 10:
                return None
            (length,) = struct.unpack_from("!Q", buffer, start)
            start += 8
        if length + len(self._parts) > self._limit:
            raise FramingError(TOO_BIG, "message too big")
        end = start + 4 + length
        if len(buffer) < end:
            return None
        self._at = end
        payload = unmask(bytes(buffer[start + 4 : end]), bytes(buffer[start : start + 4]))
        return bool(first & 0x80), first & 0x0F, payload

    def _check_header(self, first: int, second: int) -> None:
        opcode = first & 0x0F
        if first & 0x70 or opcode not in _OPCODES:
            raise FramingError(PROTOCOL_ERROR, "reserved bits or opcode")
        if not second & 0x80:
            raise FramingError(PROTOCOL_ERROR, "a client must mask")
        if opcode >= CLOSE and (not first & 0x80 or second & 0x7F > 125):
            raise FramingError(PROTOCOL_ERROR, "control frame fragmented or too long")

    def _join(self, final: bool, opcode: int, payload: bytes) -> tuple[int, bytes] | None:
        if (opcode == CONTINUATION) != (self._opcode is not None):
            raise FramingError(PROTOCOL_ERROR, "continuation out of place")
        if final and self._opcode is None:
            return opcode, payload
        self._opcode = opcode if self._opcode is None else self._opcode
        self._parts += payload
        if not final:
            return None
        whole = self._opcode, bytes(self._parts)
        self._opcode, self._parts = None, bytearray()
        return whole
