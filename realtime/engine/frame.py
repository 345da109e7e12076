"""One outgoing packet, encoded once for any number of recipients."""

import base64
from typing import Final

from socketio.packet import Packet as StockPacket

from bitworks.realtime.engine import framing

_MESSAGE: Final = b"4"


class Frame:
    """An immutable, finished packet: its WebSocket bytes at once, its polling form when first asked for.

    `wire` is what is written to a websocket as it stands. `size` counts the UTF-8 bytes (or raw bytes) of the
    packet without any transport's framing.
    """

    __slots__ = ("_base64", "_start", "binary", "size", "wire")

    wire: bytes
    size: int
    binary: bool

    def __init__(self, opcode: int, body: bytes, size: int) -> None:
        head = framing.header(opcode, len(body))
        self.wire = head + body
        self.size = size
        self.binary = opcode == framing.BINARY
        self._start = len(head)
        self._base64: bytes | None = None

    @classmethod
    def event(cls, namespace: str, event: str, *args: object) -> "Frame":
        """An EVENT packet without binary arguments. Uses the JSON module that the server was built with."""
        where = "" if namespace == "/" else namespace + ","
        return cls.encoded(f"2{where}" + StockPacket.json.dumps([event, *args], separators=(",", ":")))

    @classmethod
    def encoded(cls, packet: str | bytes) -> "Frame":
        """A finished Socket.IO packet: text as in `2/users/x,["e",{}]`, or the bytes of one attachment.

        Raises UnicodeEncodeError for unpaired surrogates.
        """
        if isinstance(packet, str):
            return cls.engine(_MESSAGE + packet.encode())
        return cls(framing.BINARY, bytes(packet), len(packet))

    @classmethod
    def engine(cls, packet: bytes) -> "Frame":
        """A finished Engine.IO text packet, its type digit included."""
        return cls(framing.TEXT, packet, len(packet) - 1)

    @property
    def polling(self) -> bytes | memoryview:
        """The packet as it stands in a polling payload; binary ones as `b` and base64, made once."""
        if not self.binary:
            return memoryview(self.wire)[self._start :]
        if self._base64 is None:
            self._base64 = b"b" + base64.b64encode(memoryview(self.wire)[self._start :])
        return self._base64


PING: Final = Frame.engine(b"2")
PONG_PROBE: Final = Frame.engine(b"3probe")
CLOSE: Final = Frame.engine(b"1")
NOOP: Final = Frame.engine(b"6")
