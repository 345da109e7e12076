"""The websocket transport: aiohttp brings the connection, from the 101 on the bytes are ours."""

import asyncio
import base64
import binascii
import hashlib
from typing import Final, Protocol

from aiohttp import web

from bitworks.realtime.engine import framing
from bitworks.realtime.engine.drain import Drain
from bitworks.realtime.engine.errors import FramingError, RequestRefused
from bitworks.realtime.engine.flush import FlushBatch
from bitworks.realtime.engine.frame import Frame
from bitworks.realtime.engine.heartbeat import Activity
from bitworks.realtime.engine.kernel import unacknowledged
from bitworks.realtime.engine.protocol_proxy import ConnectionGone

_KEY_SUFFIX: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
CLOSE_TIMEOUT: Final = 5.0
"""Seconds that a closed websocket may take to write what it still holds and to answer the close frame."""
FLUSH_THRESHOLD: Final = 64 * 1024
"""Bytes above which nothing waits for the flush batch."""


class WebSocketListener(Protocol):
    """Who is told what happens on a websocket. Both are called synchronously from the event loop."""

    def websocket_message(self, socket: "WebSocket", data: str | bytes) -> None: ...
    def websocket_lost(self, socket: "WebSocket", reason: str) -> None: ...


async def accept(
    request: web.Request, limit: int, listener: WebSocketListener, flush_batch: FlushBatch
) -> tuple["WebSocket", web.StreamResponse]:
    """Answer the upgrade request with 101 and take the connection over from aiohttp.

    No extension is negotiated. Raises RequestRefused. The response must be returned to aiohttp, which
    then forgets the connection: nothing of the request stays in memory.
    """
    response = web.StreamResponse(status=101, headers=_handshake_headers(request))
    response.force_close()
    await response.prepare(request)
    request.protocol.keep_alive(False)
    socket = WebSocket(request.transport, limit, listener, flush_batch)
    socket.take_over(request.protocol)
    return socket, response


def _handshake_headers(request: web.Request) -> dict[str, str]:
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
    }


class _TailParser:
    """Receives from aiohttp what the client sent behind its upgrade request."""

    def __init__(self, socket: "WebSocket") -> None:
        self._socket = socket

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self._socket.data_received(data)
        return False, b""

    def feed_eof(self) -> None:
        pass


class WebSocket(asyncio.Protocol):
    """One websocket. `listener` may be exchanged at any time; messages come while `reading`.

    Writing never blocks: what is sent leaves with the flush batch, and what the kernel does not take
    waits in the asyncio transport.
    """

    name: Final = "websocket"

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
        self._received = 0
        self._written = 0
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._close_timer: asyncio.TimerHandle | None = None

    def take_over(self, protocol: web.RequestHandler) -> None:
        """Receive what comes from now on, and what came behind the upgrade request.

        For aiohttp the connection is lost; without its transport it cannot close it.
        """
        self.transport.set_protocol(self)
        protocol.set_parser(_TailParser(self))  # type: ignore[arg-type]  # it uses these two methods only
        protocol.transport = None
        protocol.connection_lost(None)

    @property
    def buffered(self) -> int:
        return 0 if self._lost else self._unsent_bytes + self.transport.get_write_buffer_size()

    def activity(self) -> Activity:
        waiting = 0 if self._lost else self.buffered + unacknowledged(self.transport)
        return Activity(self._received, self._written - waiting, waiting > 0)

    def send(self, frame: Frame) -> None:
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
        unsent, self._unsent, self._unsent_bytes = self._unsent, [], 0
        if unsent and not self._lost:
            self.transport.writelines(unsent)
            self._drain.check(self.buffered)
            self._set_low_water_mark()

    def wait_drained(self, below: int) -> "asyncio.Future[None]":
        waiter = self._drain.add(below)
        self._set_low_water_mark()
        return waiter

    def _set_low_water_mark(self) -> None:
        """Have asyncio call resume_writing when the most patient waiter is served."""
        threshold = self._drain.threshold
        if threshold is not None and not self._lost:
            self.transport.set_write_buffer_limits(high=threshold, low=threshold)

    def pause_writing(self) -> None:
        pass

    def resume_writing(self) -> None:
        self._drain.check(self.buffered)
        self._set_low_water_mark()

    def pause_reading(self) -> None:
        if self._reading:
            self._reading = False
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._reading and not self._lost:
            self._reading = True
            self.transport.resume_reading()
            self._dispatch_messages()

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if not self._unreadable:
            self._reader.feed(data)
            self._dispatch_messages()

    def eof_received(self) -> bool | None:
        """The peer will send no more; asyncio closes the transport once it has written what it holds."""
        if not self.closing:
            self.flush()
            self.closing = True
            self._start_close_timer()
            self.listener.websocket_lost(self, "transport close")
        return None

    def _dispatch_messages(self) -> None:
        try:
            while self._reading and (message := self._reader.next()) is not None:
                self._dispatch(*message)
        except FramingError as error:
            self._unreadable = True
            self._end(error.code, "transport error")

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
            # Behind a backlog the answer would only feed the backlog.
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
        """Write a close frame behind what is buffered. The TCP connection goes when the peer answers, or
        after CLOSE_TIMEOUT.
        """
        if self.closing:
            return
        self._write(framing.close_frame(code, reason))
        self.closing = True
        self.flush()
        self.resume_reading()
        self._drain.check(0)
        self._start_close_timer()

    def _start_close_timer(self) -> None:
        self._close_timer = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, self.transport.abort)

    def abort(self) -> None:
        self.closing = True
        self._drain.check(0)
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._close_timer is not None:
            self._close_timer.cancel()
        self.closing = self._lost = True
        self._drain.check(0)
        self.listener.websocket_lost(self, "transport close" if exc is None else "transport error")
        self.listener = _NO_LISTENER  # so that the session needs no collector to be freed


class _NoListener:
    """Receives nothing: the connection is gone."""

    def websocket_message(self, socket: WebSocket, data: str | bytes) -> None: ...
    def websocket_lost(self, socket: WebSocket, reason: str) -> None: ...


_NO_LISTENER: Final = _NoListener()


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise FramingError(framing.INVALID_TEXT, "text is not UTF-8") from error
