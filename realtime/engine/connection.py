"""One Engine.IO session: whatever transport carries it, the same to those who use it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from bitworks.realtime.engine import frame as frames
from bitworks.realtime.engine import payload
from bitworks.realtime.engine.errors import CloseTransport, PacketError
from bitworks.realtime.engine.frame import Frame
from bitworks.realtime.engine.framing import GOING_AWAY
from bitworks.realtime.engine.heartbeat import Activity, Heartbeat
from bitworks.realtime.engine.polling import Polling
from bitworks.realtime.engine.receive_queue import MessageData, ReceiveQueue
from bitworks.realtime.engine.upgrade import Probe
from bitworks.realtime.engine.websocket import WebSocket

log = logging.getLogger("socketio.engine")

PARSE_ERROR: Final = "parse error"
SEND_BUFFER_LIMIT: Final = 64 << 20
"""Bytes at which a client that does not read is dropped, whoever filled its buffer: the last bound."""


class Connection:
    """The session behind any number of namespaces. Every method must be called on the event loop's thread.

    `environ` is that of the handshake request. `session` is where the library keeps its user sessions.
    Once `closed`, it stays so: send() does nothing, drained() returns.
    """

    def __init__(
        self,
        id: str,
        environ: dict[str, Any],
        *,
        send_limit: int,
        receive_limit: int,
        on_message: Callable[["Connection", MessageData], Awaitable[None]],
        on_close: Callable[["Connection", str], None],
    ) -> None:
        self.id = id
        self.environ = environ
        self.session: dict[str, Any] = {}
        self.closed = False
        self.reason: str | None = None
        self.unhandled: list[MessageData] = []
        self.polling = Polling()
        self.receive_queue = ReceiveQueue(receive_limit, self._handle, self._resume)
        self._link: Polling | WebSocket = self.polling
        self._send_limit = send_limit
        self._on_message = on_message
        self._on_close = on_close
        self._heartbeat: Heartbeat | None = None
        self._handling = False
        self._probe: Probe | None = None

    def __repr__(self) -> str:
        return f"<Connection {self.id} {self.transport}{' closed' if self.closed else ''}>"

    @property
    def transport(self) -> Literal["polling", "websocket"]:
        return self._link.name

    @property
    def upgraded(self) -> bool:
        """Whether it is on a websocket; the library's name for it."""
        return self._link is not self.polling

    @property
    def buffered(self) -> int:
        """Bytes taken by send() that the kernel (websocket) or the client's next poll (polling) has not taken
        yet.
        """
        return self._link.buffered

    def send(self, frame: Frame) -> None:
        """Queue one packet. Never blocks; packets arrive in the order of the calls, across an upgrade too."""
        self._link.send(frame)
        if self._link.buffered > SEND_BUFFER_LIMIT and not self.closed:
            log.warning("connection %s reads too slowly and is dropped", self.id)
            self.abort()

    async def drained(self, below: int) -> None:
        """Returns when `buffered` is at or below `below`, or the connection is closed. Cancelling changes
        nothing.
        """
        while not self.closed and self._link.buffered > below:
            await self._link.wait_drained(below)

    async def flushed(self) -> None:
        """Returns when the kernel has all that was sent, or the transport is gone; closed or not."""
        if isinstance(self._link, WebSocket) and self._link.buffered:
            await self._link.wait_drained(0)

    def close(self, reason: str = "server closes") -> None:
        """Close the transport without a DISCONNECT packet, behind what was sent: the stock client returns by
        itself.

        The disconnect handlers get `reason`, and the client too, in the close frame of a websocket. A handler
        that is running goes on; events that have not begun are dropped.
        """
        if self.closed:
            return
        if isinstance(self._link, WebSocket):
            self._link.close(GOING_AWAY, reason)
        else:
            # No CLOSE packet: python-engineio's client takes it as final. The 400 to its next poll makes any
            # client return.
            self._link.close(None)
        self._mark_closed(reason)

    def abort(self) -> None:
        """Drop the transport at once, with what it still holds."""
        if isinstance(self._link, WebSocket):
            self._link.abort()
        self.close("transport error")

    # -- what the transports and the handshake call ---------------------------------------------------------

    def open(
        self, handshake: Frame, interval: float, timeout: float, socket: WebSocket | None = None
    ) -> None:
        """Send the OPEN packet and start the heartbeat; `socket` if the session begins on a websocket."""
        if socket is not None:
            self._link = socket
        if self.closed:
            return
        self._link.send(handshake)
        self._heartbeat = Heartbeat(self, interval, timeout)

    def receive(self, packet: payload.EnginePacket) -> None:
        """Act on one packet: heartbeats and closing at once, messages in their turn."""
        if self.closed:
            return
        if packet.type == payload.MESSAGE:
            self.receive_queue.put(packet.data)
        elif packet.type == payload.PONG:
            if self._heartbeat is not None:
                self._heartbeat.pong()
        elif packet.type == payload.CLOSE:
            self._client_closes()
        elif packet.type == payload.PING:
            raise PacketError("a client sends no PING")

    def websocket_message(self, socket: WebSocket, data: MessageData) -> None:
        try:
            self.receive(payload.decode_packet(data))
        except PacketError:
            self.close(PARSE_ERROR)
        if self.receive_queue.full:
            socket.pause_reading()

    def websocket_lost(self, socket: WebSocket, reason: str) -> None:
        if not self.closed:
            self._mark_closed(reason)

    def request_lost(self) -> None:
        """The client hung up on a GET or POST: what it carried, and so the session, is lost."""
        if not self.closed:
            self.polling.close(None)
            self._mark_closed("transport close")

    def _client_closes(self) -> None:
        if isinstance(self._link, WebSocket):
            self._link.close()
        else:
            self._link.close(None)
        self._mark_closed("client disconnect")

    def _mark_closed(self, reason: str) -> None:
        self.closed = True
        self.reason = reason
        if self._heartbeat is not None:
            self._heartbeat.stop()
            self._heartbeat = None
        if self._probe is not None:
            self._probe.fail()
        self.unhandled = self.receive_queue.close()
        self._on_close(self, reason)

    # -- upgrade --------------------------------------------------------------------------------------------

    @property
    def upgradable(self) -> bool:
        return not self.closed and not self.upgraded and self._probe is None

    def upgrade_started(self, probe: Probe) -> None:
        self._probe = probe

    def upgrade_probed(self) -> None:
        self.polling.probe_started()

    def upgrade_failed(self) -> None:
        self._probe = None
        self.polling.upgrading = False

    def upgrade_done(self, socket: WebSocket) -> None:
        self._probe = None
        socket.listener = self
        for frame in self.polling.take_all():
            socket.send(frame)
        self._link = socket
        self.polling.close(None)
        if self.receive_queue.full:
            socket.pause_reading()

    # -- heartbeat ------------------------------------------------------------------------------------------

    @property
    def reading_paused(self) -> bool:
        return self._handling and self.receive_queue.full

    def activity(self) -> Activity:
        """Of both transports together, so that they only grow across an upgrade."""
        counted = self.polling.activity()
        if isinstance(self._link, WebSocket):
            socket = self._link.activity()
            counted = Activity(
                counted.received + socket.received, counted.drained + socket.drained, socket.backlog
            )
        return counted

    def ping(self) -> None:
        self._link.send(frames.PING)

    def expire(self) -> None:
        self.close("ping timeout")

    # -- handling -------------------------------------------------------------------------------------------

    def _resume(self) -> None:
        if isinstance(self._link, WebSocket):
            self._link.resume_reading()

    async def _handle(self, message: MessageData) -> None:
        await self.drained(self._send_limit)
        if self.closed:
            return
        self._handling = True
        try:
            await self._on_message(self, message)
        except PacketError:
            self.close(PARSE_ERROR)
        except CloseTransport as error:
            self.close(error.reason)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("handler failed on connection %s", self.id)
        finally:
            self._handling = False
