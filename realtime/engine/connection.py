"""An Engine.IO session: the same to its users whichever transport carries it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, Literal

from bitworks.realtime.engine import frame as frames
from bitworks.realtime.engine import payload
from bitworks.realtime.engine.errors import CloseTransport, PacketError
from bitworks.realtime.engine.frame import Frame
from bitworks.realtime.engine.framing import GOING_AWAY
from bitworks.realtime.engine.heartbeat import Activity, Heartbeat
from bitworks.realtime.engine.inflow import LARGE, PACE, PACE_WINDOW, Place, Places
from bitworks.realtime.engine.polling import Polling
from bitworks.realtime.engine.receive_queue import MessageData, ReceiveQueue
from bitworks.realtime.engine.upgrade import Probe
from bitworks.realtime.engine.websocket import WebSocket

log = logging.getLogger("socketio.engine")

PARSE_ERROR: Final = "parse error"
"""The reason of a close after a packet that breaks the protocol; the reference server's word."""
SEND_BUFFER_LIMIT: Final = 64 << 20
"""Bytes of buffered packets above which a client that does not read is dropped, as the last resort."""
POLL_TIMEOUT: Final = 10.0
"""Seconds from one poll of a client that has proved nothing to the next; others have those of the heartbeat."""


class Connection:
    """The session behind any number of namespaces. Every method must be called on the event loop's thread.

    `environ` is that of the handshake request. `session` is where the library keeps its user sessions.
    `closed` never becomes False again: send() then does nothing, and drained() returns. `reason` says why it
    closed. `unhandled` has the messages that came and were not handled before.

    `send_limit`: bytes buffered towards the client above which its messages wait. `receive_limit`: bytes of a
    packet or a request of the client, and of its messages that may wait before it is not read any more; `prove`
    and `distrust` change it. `places`: of those of its owner it takes one while more than LARGE bytes of its client are
    kept, and is not read while it waits for that. `on_message` is awaited for each message, in order; `on_close` is
    called once, synchronously, and must not raise.
    """

    def __init__(
        self,
        id: str,
        environ: dict[str, Any],
        *,
        send_limit: int,
        receive_limit: int,
        places: Places,
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
        self.receive_limit = receive_limit
        self.receive_queue = ReceiveQueue(receive_limit, self._handle, self._resume)
        self._link: Polling | WebSocket = self.polling
        self._send_limit = send_limit
        self._on_message = on_message
        self._on_close = on_close
        self._heartbeat: Heartbeat | None = None
        self._handling = False
        self._probe: Probe | None = None
        self._absence: asyncio.TimerHandle | None = None
        self._proved = False
        self._places = places
        self._owner: Hashable = None
        self._place: Place | None = None
        self._turn: asyncio.Future[None] | None = None
        self._in_hand = 0

    def __repr__(self) -> str:
        return f"<Connection {self.id} {self.transport}{' closed' if self.closed else ''}>"

    @property
    def transport(self) -> Literal["polling", "websocket"]:
        """The name of the transport that carries it at present."""
        return self._link.name

    @property
    def upgraded(self) -> bool:
        """Whether a websocket carries it, from the beginning or since an upgrade; the library's name."""
        return self._link is not self.polling

    @property
    def buffered(self) -> int:
        """Bytes given to send() that the kernel has not taken yet, or (polling) that no poll has asked for."""
        return self._link.buffered

    def send(self, frame: Frame) -> None:
        """Queues one packet. Never blocks; packets arrive in the order of the calls, across an upgrade too.

        A connection with more than SEND_BUFFER_LIMIT buffered is aborted.
        """
        self._link.send(frame)
        if self._link.buffered > SEND_BUFFER_LIMIT and not self.closed:
            log.warning("connection %s reads too slowly and is dropped", self.id)
            self.abort()

    async def drained(self, below: int) -> None:
        """Returns when at most `below` bytes are buffered, or the connection is closed.

        Cancelling it changes nothing.
        """
        # Asked anew each time: an upgrade replaces the link, and with it the buffer.
        while not self.closed and self._link.buffered > below:
            await self._link.wait_drained(below)

    async def flushed(self) -> None:
        """Returns when the kernel has taken all packets, or the transport is lost; also after a close."""
        if isinstance(self._link, WebSocket) and self._link.buffered:
            await self._link.wait_drained(0)

    def close(self, reason: str = "server closes") -> None:
        """Closes the transport behind the buffered packets, without DISCONNECT: the stock client reconnects.

        The disconnect handlers get `reason`, and so does the client, in the close frame of a websocket. A
        handler that is running goes on; events that have not begun are dropped. Further calls do nothing.
        """
        if self.closed:
            return
        self.reason = reason  # also if frames that still wait are found to be bad meanwhile
        if isinstance(self._link, WebSocket):
            self._link.close(GOING_AWAY, reason)
        else:
            # No CLOSE packet: python-engineio's client does not reconnect after one. Any client reconnects
            # after the 400 to its next poll.
            self._link.close(None)
        self._mark_closed(reason)

    def abort(self) -> None:
        """Closes the transport at once; buffered packets are lost."""
        if isinstance(self._link, WebSocket):
            self._link.abort()
        self.close("transport error")

    # -- called by the transports and the handshake ---------------------------------------------------------

    def open(
        self, handshake: Frame, interval: float, timeout: float, socket: WebSocket | None = None
    ) -> None:
        """Sends the OPEN packet and starts the heartbeat, with `interval` and `timeout` in seconds.

        `socket` is the transport of a session that begins on a websocket.
        """
        if socket is not None:
            self._link = socket
            if self._proved:
                socket.trust(self.receive_limit)
        if self.closed:
            return
        self._link.send(handshake)
        self._heartbeat = Heartbeat(self, interval, timeout)

    def prove(self, receive_limit: int, owner: Hashable) -> None:
        """Trusts the client with so many bytes from now on, with any number of frames, and breaks between polls.

        `owner`: whose places it takes.
        """
        self._proved = True
        self._owner = owner
        self.receive_limit = self.receive_queue.limit = receive_limit
        if isinstance(self._link, WebSocket):
            self._link.trust(receive_limit)
        self.poll_began()

    def distrust(self, receive_limit: int) -> None:
        """Takes back what `prove` gave: the client is bounded as one that has just come."""
        self._proved = False
        self.receive_limit = self.receive_queue.limit = receive_limit
        if isinstance(self._link, WebSocket):
            self._link.distrust(receive_limit)

    def poll_ended(self) -> None:
        """Closes the session if no other poll begins within POLL_TIMEOUT: the client may have gone."""
        if not self.closed and not self.upgraded:
            self._absence = asyncio.get_running_loop().call_later(POLL_TIMEOUT, self.close, "poll timeout")

    def poll_began(self) -> None:
        """Stops waiting for a poll."""
        if self._absence is not None:
            self._absence.cancel()
            self._absence = None

    def receive(self, packet: payload.EnginePacket) -> None:
        """Handles one packet: PONG and CLOSE at once, messages in their order, behind those that wait.

        Raises PacketError. The caller must stop reading while `receive_queue` is full.
        """
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
        """Receives one packet from the websocket."""
        try:
            self.receive(payload.decode_packet(data))
        except PacketError:
            self.close(PARSE_ERROR)
        if self.receive_queue.size > LARGE:
            self._weigh()
        if self.receive_queue.full:
            socket.pause_reading()

    def websocket_filled(self, socket: WebSocket) -> None:
        """Takes a place for what is read of the websocket, or gives it back."""
        self._weigh()

    def websocket_lost(self, socket: WebSocket, reason: str) -> None:
        """Closes the session: its websocket is closed."""
        if not self.closed:
            self._mark_closed(reason)

    def request_lost(self) -> None:
        """Closes the session: the client hung up on a GET or POST, whose packets may be lost."""
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
        """Ends the heartbeat, an upgrade and the queue, and announces the close. Calls after the first do nothing."""
        if self.closed:
            return
        self.closed = True
        self.reason = reason = self.reason or reason
        if self._heartbeat is not None:
            self._heartbeat.stop()
            self._heartbeat = None
        self.poll_began()
        if self._probe is not None:
            self._probe.fail()
        self.unhandled = self.receive_queue.close()
        self._weigh()
        self._on_close(self, reason)

    # -- upgrade --------------------------------------------------------------------------------------------

    @property
    def upgradable(self) -> bool:
        """Whether a websocket may replace polling: it is open, on polling, and no upgrade is under way."""
        return not self.closed and not self.upgraded and self._probe is None

    def upgrade_started(self, probe: Probe) -> None:
        """Keeps the probe, so that a close ends it."""
        self._probe = probe

    def upgrade_probed(self) -> None:
        """Ends the waiting poll: the client upgrades only between two polls."""
        self.polling.probe_started()

    def upgrade_failed(self) -> None:
        """Stays on polling."""
        self._probe = None
        self.polling.upgrading = False

    def upgrade_done(self, socket: WebSocket) -> None:
        """Moves to `socket`, with the packets that wait for a poll in front of all later ones."""
        self._probe = None
        self.poll_began()
        socket.listener = self
        if self._proved:
            socket.trust(self.receive_limit)
        for frame in self.polling.take_all():
            socket.send(frame)
        self._link = socket
        self.polling.close(None)
        if self.receive_queue.full:
            socket.pause_reading()

    # -- heartbeat ------------------------------------------------------------------------------------------

    @property
    def reading_paused(self) -> bool:
        """Whether the client is not read because a handler runs while the queue is full, or for want of a place."""
        return (self._handling and self.receive_queue.full) or self._waits

    def activity(self) -> Activity:
        """Returns the sum of both transports, so that the counters only grow across an upgrade."""
        counted = self.polling.activity()
        if isinstance(self._link, WebSocket):
            socket = self._link.activity()
            counted = Activity(
                counted.received + socket.received, counted.drained + socket.drained, socket.backlog
            )
        return counted

    def ping(self) -> None:
        """Sends a PING."""
        self._link.send(frames.PING)

    def expire(self) -> None:
        """Closes the session: there was no sign of life in time."""
        self.close("ping timeout")

    # -- handling -------------------------------------------------------------------------------------------

    def _resume(self) -> None:
        if isinstance(self._link, WebSocket) and not self._waits:
            self._link.resume_reading()

    async def _handle(self, message: MessageData) -> None:
        """Handles one message when the client has read enough of what was sent to it. Raises nothing."""
        self._in_hand = len(message)
        try:
            await self.drained(self._send_limit)
            if not self.closed:
                await self._handle_now(message)
        finally:
            self._in_hand = 0
            if self._place is not None:
                self._weigh()

    async def _handle_now(self, message: MessageData) -> None:
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

    # -- places ---------------------------------------------------------------------------------------------

    @property
    def _waits(self) -> bool:
        """Whether it waits for a place."""
        return self._place is not None and not self._place.granted

    async def admit(self, size: int | None) -> None:
        """Waits for a place if the body of a POST needs one; None: its size is unknown. Call `admitted` in any case."""
        self.polling.held = self.receive_limit if size is None else size
        self._weigh()
        while self._waits:
            self._turn = asyncio.get_running_loop().create_future()
            await self._turn

    def admitted(self) -> None:
        """The body of a POST is read, or never will be."""
        self.polling.held = 0
        self._weigh()

    def _weigh(self) -> None:
        """Takes a place while much of the client is kept, and gives it back then.

        A large message that is being handled has it beyond the close: so nobody hands in many by reconnecting.
        """
        kept = self._in_hand
        if not self.closed:
            kept += self._link.held + self.receive_queue.size
        if kept <= LARGE:
            self._leave_place()
        elif self._place is None:
            self._place = self._places.enter(self._owner, self._turn_came)
            self._await_pace(self._place)
        if self._waits and isinstance(self._link, WebSocket):
            self._link.pause_reading()

    def _leave_place(self) -> None:
        place, self._place = self._place, None
        if place is not None:
            if place.timer is not None:
                place.timer.cancel()
            self._places.leave(place)
            if not place.granted:
                self._turn_came()

    def _turn_came(self) -> None:
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)
        if not self.closed and not self.receive_queue.full:
            self._resume()

    def _await_pace(self, place: Place) -> None:
        link = self._link
        received = link.received if isinstance(link, WebSocket) and link.reading else None
        place.timer = asyncio.get_running_loop().call_later(PACE_WINDOW, self._check_pace, place, received)

    def _check_pace(self, place: Place, before: int | None) -> None:
        """Closes a websocket whose large message has come to a halt; one that was not read is not judged."""
        link = self._link
        if before is not None and isinstance(link, WebSocket) and link.reading and link.held > LARGE:
            halted = link.received - before < PACE * PACE_WINDOW
        else:
            halted = False
        if halted:
            self.close("message came to a halt")
        else:
            self._await_pace(place)
