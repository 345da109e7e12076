"""The Socket.IO side of one connection."""

import asyncio
from dataclasses import dataclass, field

from bitworks.realtime.engine.connection import Connection
from bitworks.realtime.engine.errors import PacketError
from bitworks.realtime.engine.packets import Loads, Packet, decode
from bitworks.realtime.engine.receive_queue import MessageData


@dataclass(slots=True)
class Client:
    """What the server keeps of one connection: its namespaces, and a packet that is not complete yet."""

    connection: Connection
    """The Engine.IO session."""
    namespaces: dict[str, str] = field(default_factory=dict)
    """The namespaces that are joined, or being joined, with their socket ids."""
    deadline: asyncio.TimerHandle | None = None
    """Closes the transport if it joins no namespace in time; None while it has joined one."""
    refusals: int = 0
    """CONNECTs that were refused since one was accepted."""
    joining: asyncio.Future[None] | None = None
    """Done when the connect handler that runs at present has ended; None if none runs."""
    leaving: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    """For each namespace that the server is disconnecting: done when it is left."""
    _partial: Packet | None = None
    _partial_bytes: int = 0

    def assemble(self, data: MessageData, loads: Loads, limit: int) -> Packet | None:
        """Returns the packet that `data` completes, or None if attachments are still missing.

        `loads` parses its JSON. Raises PacketError, also for attachments of more than `limit` bytes together.
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
        """Returns the namespaces of DISCONNECT packets that came, and were not handled before the close.

        Their disconnect handlers get the client's reason, not that of the transport.
        """
        unhandled = self.connection.unhandled
        texts = (text for text in unhandled if isinstance(text, str) and text.startswith("1"))
        return {text[1:].partition(",")[0] or "/" for text in texts}
