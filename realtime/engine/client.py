"""The Socket.IO side of one connection."""

import asyncio
from dataclasses import dataclass, field

from bitworks.realtime.engine.connection import Connection
from bitworks.realtime.engine.errors import PacketError
from bitworks.realtime.engine.packets import Loads, Packet, decode
from bitworks.realtime.engine.receive_queue import MessageData


@dataclass(slots=True)
class Client:
    """`namespaces` maps those joined, or being joined, to their socket ids: what a disconnect costs.

    `deadline` closes a transport that joins nothing; `joining` is set while a connect handler runs,
    `leaving` while the server is disconnecting a namespace of it.
    """

    connection: Connection
    namespaces: dict[str, str] = field(default_factory=dict)
    deadline: asyncio.TimerHandle | None = None
    joining: asyncio.Future[None] | None = None
    leaving: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    _partial: Packet | None = None
    _partial_bytes: int = 0

    def assemble(self, data: MessageData, loads: Loads, limit: int) -> Packet | None:
        """The packet that `data` completes, if it does. Raises PacketError, also over `limit` bytes of
        attachments.
        """
        if self._partial is not None:
            return self._attach(self._partial, data, limit)
        if isinstance(data, bytes):
            raise PacketError("binary data without a packet")
        packet = decode(data, loads)
        if not packet.missing:
            return packet
        self._partial, self._partial_bytes = packet, 0
        return None

    def _attach(self, packet: Packet, data: MessageData, limit: int) -> Packet | None:
        if isinstance(data, str):
            raise PacketError("text instead of an attachment")
        self._partial_bytes += len(data)
        if self._partial_bytes > limit:
            raise PacketError("attachments too big")
        if not packet.attach(data):
            return None
        self._partial = None
        return packet

    def namespaces_left(self) -> set[str]:
        """The namespaces that were left in packets whose turn did not come before the transport closed."""
        unhandled = self.connection.unhandled
        texts = (text for text in unhandled if isinstance(text, str) and text.startswith("1"))
        return {text[1:].partition(",")[0] or "/" for text in texts}
