"""The websocket transport: aiohttp accepts the connection; from the 101 on it is read and written here."""

import asyncio
import base64
import binascii
import hashlib
import re
from typing import Final, Protocol

from aiohttp import web

from bitworks.realtime.engine import framing
from bitworks.realtime.engine.drain import Drain
from bitworks.realtime.engine.errors import FramingError, RequestRefused
from bitworks.realtime.engine.flush import FlushBatch
from bitworks.realtime.engine.frame import Frame
from bitworks.realtime.engine.heartbeat import Activity
from bitworks.realtime.engine.inflow import LARGE
from bitworks.realtime.engine.kernel import unacknowledged
from bitworks.realtime.engine.protocol_proxy import ConnectionGone

_KEY_SUFFIX: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110, section 5.6.2
CLOSE_TIMEOUT: Final = 5.0
"""Seconds that a closing websocket may take to write its buffer and to receive the peer's close frame."""
FRAMES_PER_TURN: Final = 128
"""Frames of one websocket that are handled before the event loop goes on with others: one read may bring 40,000."""
UNPROVED_FRAMES: Final = 100
"""Frames that a client may send which has proved nothing: it needs a few, and each costs time."""
FLUSH_THRESHOLD: Final = 64 * 1024
"""Unsent bytes above which a websocket is flushed at once, without waiting for the flush batch."""


class WebSocketListener(Protocol):
    """Receives the events of a websocket. The methods are called synchronously, and must not raise."""

    def websocket_message(self, socket: "WebSocket", data: str | bytes) -> None:
        """Handles a whole message."""

    def websocket_filled(self, socket: "WebSocket") -> None:
        """Handles that more than LARGE bytes are `held`, with each read, and that they are not any more."""

    def websocket_lost(self, socket: "WebSocket", reason: str) -> None:
        """Handles the end of the connection, whichever side ended it. It may be called more than once."""


async def accept(
    request: web.Request, limit: int, listener: WebSocketListener, flush_batch: FlushBatch
) -> tuple["WebSocket", web.StreamResponse]:
    """Responds to the upgrade request with 101 and takes the connection over from aiohttp.

    `limit` is the bytes of a message, at most. No extension is negotiated. Raises RequestRefused, or
    ConnectionGone. The response must be returned to aiohttp, which then drops its references: nothing of the
    request stays in memory.
    """
    response = web.StreamResponse(status=101, headers=_handshake_headers(request))
    response.force_close()
    await response.prepare(request)
    request.protocol.keep_alive(False)
    socket = WebSocket(request.transport, limit, listener, flush_batch)
    socket.take_over(request.protocol)
    return socket, response


def asks_for_upgrade(request: web.Request) -> bool:
    """Returns whether the request asks for a websocket, in however many lines of Connection."""
    tokens = ",".join(request.headers.getall("Connection", ())).lower().replace(" ", "").split(",")
    return (
        "upgrade" in tokens
        and request.headers.get("Upgrade", "").lower() == "websocket"
        and request.method == "GET"
    )


def is_handshake(request: web.Request) -> bool:
    """Returns whether the request is a client's opening handshake, nothing missing: RFC 6455, section 4.2.1."""
    try:
        _handshake_headers(request)
    except RequestRefused:
        return False
    return asks_for_upgrade(request)


def _handshake_headers(request: web.Request) -> dict[str, str]:
    """Returns the headers of the server's part. Raises RequestRefused."""
    key = request.headers.get("Sec-WebSocket-Key", "")
    try:
        valid = len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        valid = False
    if not valid or request.headers.get("Sec-WebSocket-Version") != "13":
        raise RequestRefused
    accepted = hashlib.sha1(key.encode() + _KEY_SUFFIX).digest()  # noqa: S324 - what RFC 6455 asks for
    return {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": base64.b64encode(accepted).decode(),
        **_chosen_subprotocol(request),
    }


def _chosen_subprotocol(request: web.Request) -> dict[str, str]:
    """Returns the header that chooses the first of the subprotocols, as Node's server does.

    A client that names some and is given none closes. Raises RequestRefused for what is no list of them.
    """
    lines = request.headers.getall("Sec-WebSocket-Protocol", ())
    if not lines:
        return {}
    named = [name.strip(" \t") for name in ",".join(lines).split(",")]
    if len(set(named)) < len(named) or not all(_TOKEN.fullmatch(name) for name in named):
        raise RequestRefused
    return {"Sec-WebSocket-Protocol": named[0]}


class _TailParser:
    """Receives from aiohttp the bytes that the client has sent behind its upgrade request."""

    def __init__(self, socket: "WebSocket") -> None:
        self._socket = socket

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self._socket.data_received(data)
        return False, b""

    def feed_eof(self) -> None:
        pass


class WebSocket(asyncio.Protocol):
    """One websocket. `listener` may be replaced at any time; `closing` means that it sends no more.

    Writing never blocks: frames leave with the flush batch, and those that the kernel does not take wait in
    the asyncio transport. Reading may be paused.
    """

    name: Final = "websocket"
    """The name of the transport in the protocol."""

    def __init__(
        self,
        transport: asyncio.Transport | None,
        limit: int,
        listener: WebSocketListener,
        flush_batch: FlushBatch,
    ) -> None:
        if transport is None:
            raise ConnectionGone
        self.transport = transport
        self.listener = listener
        self.closing = False
        self._flush_batch = flush_batch
        self._lost = False
        self._reader = framing.FrameReader(limit)
        self._drain = Drain()
        self._reading = True
        self._unreadable = False
        self._filled = False
        self._frames_allowed: int | None = UNPROVED_FRAMES
        self._received = 0
        self._written = 0
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._close_timer: asyncio.TimerHandle | None = None

    def take_over(self, protocol: web.RequestHandler) -> None:
        """Receives the bytes from now on, and those that came behind the upgrade request."""
        # For aiohttp the connection is lost; without the transport it cannot close it.
        self.transport.set_protocol(self)
        protocol.set_parser(_TailParser(self))  # type: ignore[arg-type]  # it uses these two methods only
        protocol.transport = None
        protocol.connection_lost(None)

    def trust(self, limit: int) -> None:
        """Lets the peer send messages of `limit` bytes from the next one on, and any number of frames."""
        self._reader.limit = limit
        self._frames_allowed = None

    def distrust(self, limit: int) -> None:
        """Bounds the peer as one that has just come: messages of `limit` bytes, UNPROVED_FRAMES frames from now on."""
        self._reader.limit = limit
        self._frames_allowed = self._reader.frames + UNPROVED_FRAMES

    @property
    def held(self) -> int:
        """Bytes of the peer that are of no message yet."""
        return self._reader.held

    @property
    def received(self) -> int:
        """Bytes that came so far."""
        return self._received

    @property
    def reading(self) -> bool:
        """Whether it is read."""
        return self._reading

    @property
    def buffered(self) -> int:
        """Bytes that the kernel has not taken, those for the flush batch included."""
        return 0 if self._lost else self._unsent_bytes + self.transport.get_write_buffer_size()

    def activity(self) -> Activity:
        """Returns the bytes that came, and those that the peer's kernel has acknowledged."""
        waiting = 0 if self._lost else self.buffered + unacknowledged(self.transport)
        return Activity(self._received, self._written - waiting, waiting > 0)

    def send(self, frame: Frame) -> None:
        """Sends a packet with the next flush. Does nothing while `closing`."""
        self._write(frame.wire)

    def _write(self, wire: bytes) -> None:
        if self.closing:
            return
        if not self._unsent:
            self._flush_batch.add(self)
        self._unsent.append(wire)
        self._unsent_bytes += len(wire)
        self._written += len(wire)
        if self._unsent_bytes > FLUSH_THRESHOLD:
            self.flush()

    def flush(self) -> None:
        """Hands the unsent frames to the kernel, in one system call."""
        unsent, self._unsent, self._unsent_bytes = self._unsent, [], 0
        if unsent and not self._lost:
            self.transport.writelines(unsent)
            self._drain.check(self.buffered)
            self._set_low_water_mark()

    def wait_drained(self, below: int) -> "asyncio.Future[None]":
        """Returns a future that is done when at most `below` bytes are buffered, or it is closing."""
        waiter = self._drain.add(below)
        self._set_low_water_mark()
        return waiter

    def _set_low_water_mark(self) -> None:
        """Has asyncio call resume_writing at the number of bytes at which the next waiter is done."""
        threshold = self._drain.threshold
        if threshold is not None and not self._lost:
            self.transport.set_write_buffer_limits(high=threshold, low=threshold)

    def pause_writing(self) -> None:
        """Does nothing: writing never stops. asyncio calls it before each resume_writing()."""

    def resume_writing(self) -> None:
        """Wakes the waiters whose threshold is reached."""
        self._drain.check(self.buffered)
        self._set_low_water_mark()

    def pause_reading(self) -> None:
        """Stops reading; whole messages that came already wait too."""
        if self._reading:
            self._reading = False
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Reads again, beginning with the messages that came already."""
        if not self._reading and not self._lost:
            self._reading = True
            self.transport.resume_reading()
            self._dispatch_messages()

    def data_received(self, data: bytes) -> None:
        """Handles bytes from the peer. They are ignored after an error of framing."""
        self._received += len(data)
        if not self._unreadable:
            self._reader.feed(data)
            self._dispatch_messages()

    def eof_received(self) -> bool | None:
        """Handles the end of the peer's stream: asyncio closes the transport when its buffer is written."""
        if not self.closing:
            self.flush()
            self.closing = True
            self._start_close_timer()
            self.listener.websocket_lost(self, "transport close")
        return None

    def _dispatch_messages(self) -> None:
        reader = self._reader
        reader.until = reader.frames + FRAMES_PER_TURN
        try:
            while self._reading and (message := reader.next()) is not None:
                self._dispatch(*message)
            if self._frames_allowed is not None and reader.frames > self._frames_allowed:
                raise FramingError(framing.POLICY, "too many frames")
        except FramingError as error:
            self._unreadable = True
            self._end(error.code, "transport error")
            return
        if self._filled or reader.held > LARGE:
            self._filled = reader.held > LARGE
            self.listener.websocket_filled(self)
        if self._reading and reader.frames >= reader.until:
            # Nothing more is read meanwhile, so that no more waits than one read has brought.
            self.pause_reading()
            asyncio.get_running_loop().call_soon(self.resume_reading)

    def _dispatch(self, opcode: int, payload: bytes) -> None:
        if opcode == framing.CLOSE:
            self._peer_closes()
        elif self.closing:
            return
        elif opcode == framing.TEXT:
            self.listener.websocket_message(self, _text(payload))
        elif opcode == framing.BINARY:
            self.listener.websocket_message(self, payload)
        elif opcode == framing.PING and self.buffered == 0:
            # A peer that does not read could otherwise have the server buffer a PONG for each of its PINGs.
            self._write(framing.frame(framing.PONG, payload))

    def _peer_closes(self) -> None:
        if self.closing:
            self.transport.close()
        else:
            self._end(1000, "transport close")
            self.transport.close()

    def _end(self, code: int, reason: str) -> None:
        self.close(code)
        self.listener.websocket_lost(self, reason)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Writes a close frame behind the buffered frames.

        The TCP connection is closed when the peer's close frame comes, or after CLOSE_TIMEOUT.
        """
        if self.closing:
            return
        self._write(framing.close_frame(code, reason))
        self.closing = True
        self.flush()
        self.resume_reading()  # else the peer's close frame would not be read
        self._drain.check(0)
        self._start_close_timer()

    def _start_close_timer(self) -> None:
        self._close_timer = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, self.transport.abort)

    def abort(self) -> None:
        """Closes the TCP connection at once; buffered frames are lost."""
        self.closing = True
        self._drain.check(0)
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Handles the end of the TCP connection."""
        if self._close_timer is not None:
            self._close_timer.cancel()
        self.closing = self._lost = True
        self._drain.check(0)
        self.listener.websocket_lost(self, "transport close" if exc is None else "transport error")
        self.listener = NO_LISTENER  # no cycle: the session is freed without the garbage collector


class _NoListener:
    """Ignores every event."""

    def websocket_message(self, socket: WebSocket, data: str | bytes) -> None: ...
    def websocket_filled(self, socket: WebSocket) -> None: ...
    def websocket_lost(self, socket: WebSocket, reason: str) -> None: ...


NO_LISTENER: Final = _NoListener()
"""The listener of a websocket that nobody listens to."""


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise FramingError(framing.INVALID_TEXT, "text is not UTF-8") from error
