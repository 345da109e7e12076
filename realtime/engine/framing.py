"""RFC 6455 frames: headers for what a server sends, an incremental reader for what it receives. No I/O."""

import struct
import sys
from typing import Final

from bitworks.realtime.engine.errors import FramingError

# Opcodes: RFC 6455, section 5.2.
CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

# Close codes: section 7.4.1.
GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
INVALID_TEXT: Final = 1007
POLICY: Final = 1008
TOO_BIG: Final = 1009

REASON_LIMIT: Final = 123
"""Bytes of the reason in a close frame: a control frame has 125, and the code takes two."""

_OPCODES: Final = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})


def header(opcode: int, length: int) -> bytes:
    """Encodes the header of a final, unmasked frame with a payload of `length` bytes."""
    first = 0x80 | opcode
    if length < 126:
        return bytes((first, length))
    if length < 65536:
        return struct.pack("!BBH", first, 126, length)
    return struct.pack("!BBQ", first, 127, length)


def frame(opcode: int, payload: bytes) -> bytes:
    """Encodes a final, unmasked frame."""
    return header(opcode, len(payload)) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """Encodes a close frame. `reason` is cut to REASON_LIMIT, between two characters."""
    text = reason.encode()[:REASON_LIMIT].decode(errors="ignore").encode()
    return frame(CLOSE, struct.pack("!H", code) + text)


def unmask(payload: bytes, key: bytes) -> bytes:
    """Returns `payload` without the client's mask of four bytes."""
    # As one big integer: linear, and in C; a loop over the bytes would run in Python.
    size = len(payload)
    pad = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pad, "little")).to_bytes(size, "little")


class FrameReader:
    """Decodes a client's byte stream into messages.

    The caller asks for each message, so that under back-pressure it can stop between two messages of one
    read. The reader holds at most one message of `limit` bytes, which may be changed, and the bytes that were fed
    since. It decodes no frame beyond number `until`, which the caller raises: fragments and control frames are
    frames too, and may be many in one read.
    """

    __slots__ = ("_at", "_buffer", "_opcode", "_parts", "frames", "limit", "until")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.frames = 0
        self.until = sys.maxsize
        self._buffer = bytearray()
        self._at = 0
        self._parts = bytearray()
        self._opcode: int | None = None

    @property
    def held(self) -> int:
        """Bytes that were fed and are of no message that was returned."""
        return len(self._buffer) - self._at + len(self._parts)

    def feed(self, data: bytes) -> None:
        """Adds bytes as they came from the socket."""
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    def next(self) -> tuple[int, bytes] | None:
        """Returns the next whole data message or control frame as (opcode, payload); None: feed more, or raise `until`.

        Raises FramingError, after which the reader must not be used again.
        """
        while self.frames < self.until and (read := self._next_frame()) is not None:
            final, opcode, payload = read
            if opcode >= CLOSE:
                return opcode, payload
            if (message := self._join(final, opcode, payload)) is not None:
                return message
        if self._at == len(self._buffer):
            self._buffer, self._at = bytearray(), 0  # deleting its bytes would keep its memory
        return None

    def _next_frame(self) -> tuple[bool, int, bytes] | None:
        """Returns the next whole frame as (final, opcode, payload); None: feed more."""
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
        # Before the payload has come: a client must not make the server buffer more than the limit.
        if length + len(self._parts) > self.limit:
            raise FramingError(TOO_BIG, "message too big")
        end = start + 4 + length
        if len(buffer) < end:
            return None
        self._at = end
        self.frames += 1
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
        """Adds a data frame to the fragments before it. Returns the whole message if it was the last."""
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
