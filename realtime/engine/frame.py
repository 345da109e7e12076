"""An outgoing packet, encoded once for any number of recipients."""

import base64
from typing import Final

from socketio.packet import Packet as StockPacket

from bitworks.realtime.engine import framing

_MESSAGE: Final = b"4"


class Frame:
    """An immutable, encoded packet: for websockets at once, for polling when it is first needed."""

    __slots__ = ("_base64", "_start", "binary", "size", "wire")

    wire: bytes
    """The WebSocket frame, as it is written to the socket."""
    size: int
    """Bytes of the packet, without the framing of a transport and without Engine.IO's type digit."""
    binary: bool
    """Whether it is the attachment of a packet."""

    def __init__(self, opcode: int, body: bytes, size: int) -> None:
        head = framing.header(opcode, len(body))
        self.wire = head + body
        self.size = size
        self.binary = opcode == framing.BINARY
        self._start = len(head)
        self._base64: bytes | None = None

    @classmethod
    def event(cls, namespace: str, event: str, *args: object) -> "Frame":
        """Encodes an EVENT packet without binary arguments, with the JSON module of the library."""
        where = "" if namespace == "/" else namespace + ","
        return cls.encoded(f"2{where}" + StockPacket.json.dumps([event, *args], separators=(",", ":")))

    @classmethod
    def encoded(cls, packet: str | bytes) -> "Frame":
        """Frames an encoded Socket.IO packet: text such as `2/users/x,["e",{}]`, or one attachment.

        Raises UnicodeEncodeError for unpaired surrogates.
        """
        if isinstance(packet, str):
            return cls.engine(_MESSAGE + packet.encode())
        return cls(framing.BINARY, bytes(packet), len(packet))

    @classmethod
    def engine(cls, packet: bytes) -> "Frame":
        """Frames an encoded Engine.IO text packet, its type digit included."""
        return cls(framing.TEXT, packet, len(packet) - 1)

    @property
    def polling(self) -> bytes | memoryview:
        """The packet in a polling payload: text as it is, an attachment as `b` and base64, made once."""
        if not self.binary:
            return memoryview(self.wire)[self._start :]
        if self._base64 is None:
            self._base64 = b"b" + base64.b64encode(memoryview(self.wire)[self._start :])
        return self._base64


PING: Final = Frame.engine(b"2")
"""Asks for a PONG."""
PONG_PROBE: Final = Frame.engine(b"3probe")
"""Confirms that a new websocket works."""
CLOSE: Final = Frame.engine(b"1")
"""Ends the session for good."""
NOOP: Final = Frame.engine(b"6")
"""Ends a poll that has no packets."""
