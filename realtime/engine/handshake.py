"""The Engine.IO server: routes HTTP requests to a handshake, a session, an upgrade, or a refusal."""

import asyncio
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

import engineio
from aiohttp import web

from bitworks.realtime.engine import frame as frames
from bitworks.realtime.engine import websocket
from bitworks.realtime.engine.connection import PARSE_ERROR, Connection
from bitworks.realtime.engine.errors import (
    BadMethod,
    CloseTransport,
    EncodedBody,
    Forbidden,
    HeadTooLarge,
    NotAccepting,
    Overlap,
    PacketError,
    PayloadTooLarge,
    RequestRefused,
    UnknownSession,
    UnknownTransport,
    UnsupportedVersion,
)
from bitworks.realtime.engine.flush import FlushBatch
from bitworks.realtime.engine.frame import Frame
from bitworks.realtime.engine.origins import Environ, Origins
from bitworks.realtime.engine.payload import decode_payload
from bitworks.realtime.engine.polling import read_body
from bitworks.realtime.engine.protocol_proxy import ConnectionGone
from bitworks.realtime.engine.receive_queue import MessageData
from bitworks.realtime.engine.responses import Responses
from bitworks.realtime.engine.unproved import CountedAs, Unproved
from bitworks.realtime.engine.upgrade import Probe
from bitworks.realtime.engine.websocket import WebSocket

log = logging.getLogger("socketio.engine")

UnknownSessionHook = Callable[[web.Request, str], Awaitable[web.StreamResponse]]
"""Responds to a request whose session id, the second argument, is none of this server's; or raises
UnknownSession."""

HEAD_LIMIT = 20 * 1024
"""Bytes of the headers of a request: cookies of 16 KiB, and the rest."""
FAREWELL_TIMEOUT = 0.5
"""Seconds that a client has for the close frame of a websocket that was opened only to be closed."""
SHUTDOWN_TIMEOUT = 10.0
"""Seconds to wait for disconnect handlers when the server shuts down."""


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]  # engineio ships no types
    """engineio.AsyncServer for aiohttp with every transport replaced; constructor, events and send() stay.

    `send_limit`: bytes buffered towards a client above which its next message is not handled yet.
    `accepting`: whether new sessions are opened; while False they get 503, and open ones go on.
    `new_session_id`: makes the ids of sessions; they must be unique, and no client may guess them.
    `unknown_session`: responds to every request whose session is not one of this server's.
    `environ_keys`: what of the handshake's environ handlers get, and the session keeps; None: all of it.

    Sessions are unproved until `prove` is called:
    `unproved_limit`: bytes of a packet or a request of an unproved session; None: there are none.
    `unproved_per_address`, `unproved_total`: unproved sessions that may be open; None: any number.
    `counted_as`: the keys under which the session that a request opens is counted, by default that of its peer.
    """

    def __init__(
        self,
        *args: Any,
        send_limit: int = 1 << 20,
        new_session_id: Callable[[], str] | None = None,
        unknown_session: UnknownSessionHook | None = None,
        environ_keys: Collection[str] | None = None,
        unproved_limit: int | None = None,
        unproved_per_address: int | None = None,
        unproved_total: int | None = None,
        counted_as: Callable[[web.Request], CountedAs] | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["async_mode"] = "aiohttp"
        kwargs["monitor_clients"] = False
        kwargs["logger"] = _logger(kwargs.get("logger"))
        super().__init__(*args, **kwargs)
        self.accepting = True
        self._send_limit = send_limit
        self._new_session_id = new_session_id or self.generate_id
        self._unknown_session = unknown_session or _refuse_unknown_session
        self._environ_keys = environ_keys
        self._unproved_limit = unproved_limit
        self._unproved = Unproved(unproved_per_address, unproved_total)
        self._counted_as = counted_as or _peer
        self._live: dict[str, Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._flush_batch = FlushBatch()
        origins = Origins(
            self._cors_allowed_origins, self.cors_allowed_origins == [], bool(self.cors_credentials)
        )
        self._origins = origins
        self._responses = Responses(origins, self.compression_threshold if self.http_compression else None)

    @property
    def connections(self) -> Mapping[str, Connection]:
        """The open connections by session id, as a live view.

        `sockets`, the library's map, keeps a closed one until its disconnect handler has ended.
        """
        return MappingProxyType(self._live)

    def attach(self, app: web.Application, engineio_path: str = "engine.io") -> None:
        """Adds the route to an application; the server then shuts down with it."""
        app.router.add_route("*", f"/{engineio_path.strip('/')}/", self.handle_request)
        app.on_shutdown.append(self._on_shutdown)

    async def _on_shutdown(self, app: web.Application) -> None:
        await self.shutdown()

    async def shutdown(self) -> None:
        """Refuses new sessions and closes the open ones.

        Returns when their disconnect handlers have ended and the kernel has taken all packets, or after
        SHUTDOWN_TIMEOUT.
        """
        self.accepting = False
        for connection in list(self._live.values()):
            connection.close("server shuts down")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=SHUTDOWN_TIMEOUT)

    def prove(self, connection: Connection) -> None:
        """Lifts the bounds of an unproved session: somebody vouches for its client."""
        self._unproved.proved(connection)
        connection.prove(self.max_http_buffer_size)

    # -- requests -------------------------------------------------------------------------------------------

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """Handles any request on the path of the server."""
        environ = self._environ(request)
        try:
            return await self._route(request, environ)
        except RequestRefused as refusal:
            log.info("request refused: %s", refusal.message)
            return self._responses.refusal(refusal, environ)
        except (ConnectionGone, ConnectionError):
            return web.Response()  # never sent: the client has hung up. aiohttp would log an exception

    def _environ(self, request: web.Request) -> Environ:
        environ: Environ = self._async["translate_request"](request)
        peer = request.transport.get_extra_info("peername") if request.transport else None
        if isinstance(peer, tuple):
            environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = str(peer[0]), str(peer[1])
        return environ

    async def _route(self, request: web.Request, environ: Environ) -> web.StreamResponse:
        """Chooses by session, transport and method. Raises RequestRefused."""
        _check_head(request)
        if not self._origins.accepts(environ):
            raise RequestRefused("Origin is not accepted")
        if request.method == "OPTIONS":
            return self._responses.ok(b"", environ, status=204)
        transport, sid = request.query.get("transport"), request.query.get("sid")
        if transport is None or transport not in self.transports:
            raise UnknownTransport
        if not sid:  # an empty one is none, as in Node's server
            return await self._open(request, environ, transport)
        connection = self._live.get(sid)
        if connection is None:
            return await self._unknown_session(request, sid)
        if websocket.asks_for_upgrade(request):
            return await self._upgrade(request, connection, transport)
        if transport != "polling" or connection.upgraded:
            raise RequestRefused
        return await self._poll_or_push(request, environ, connection)

    async def _open(self, request: web.Request, environ: Environ, transport: str) -> web.StreamResponse:
        if request.method != "GET":
            raise BadMethod
        if request.query.get("EIO") != "4":
            raise UnsupportedVersion
        if (transport == "websocket") != websocket.asks_for_upgrade(request):
            raise RequestRefused
        if not self.accepting:
            raise NotAccepting
        self._unproved.check(counted_as := self._counted_as(request))
        connection = await self._admit(environ, counted_as)
        if transport == "websocket":
            return await self._open_websocket(request, connection)
        self._start(connection, ["websocket"] if self._may_upgrade() else [])
        body = await self._poll(request, connection)
        return self._responses.ok(body, environ, headers=self._cookie_headers(connection.id))

    def _kept(self, environ: Environ) -> Environ:
        """The part of the environ that a session keeps."""
        if self._environ_keys is None:
            return environ
        return {key: environ[key] for key in self._environ_keys if key in environ}

    def _new_connection(self, environ: Environ, counted_as: CountedAs) -> Connection:
        limit = min(self._unproved_limit or self.max_http_buffer_size, self.max_http_buffer_size)
        connection = Connection(
            self._new_session_id(),
            environ,
            send_limit=self._send_limit,
            receive_limit=limit,
            on_message=self._message,
            on_close=self._closed,
        )
        if self._unproved_limit is None:
            self.prove(connection)
        else:
            self._unproved.add(connection, counted_as)
        self._live[connection.id] = self.sockets[connection.id] = connection
        return connection

    async def _admit(self, environ: Environ, counted_as: CountedAs) -> Connection:
        """Makes a session and asks the `connect` handler. Raises Forbidden if that refuses."""
        environ = self._kept(environ)
        connection = self._new_connection(environ, counted_as)
        try:
            accepted = await self._trigger_event("connect", connection.id, environ, run_async=False)
        except BaseException:
            self._forget(connection)
            raise
        if accepted is not None and accepted is not True:
            self._forget(connection)
            raise Forbidden(accepted if isinstance(accepted, str) else None)
        return connection

    def _start(self, connection: Connection, upgrades: list[str], socket: WebSocket | None = None) -> None:
        """Opens the session with the OPEN packet, whose times are in milliseconds."""
        announced = {
            "sid": connection.id,
            "upgrades": upgrades,
            "pingInterval": round((self.ping_interval + self.ping_interval_grace_period) * 1000),
            "pingTimeout": round(self.ping_timeout * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        packet = b"0" + json.dumps(announced, separators=(",", ":")).encode()
        connection.open(Frame.engine(packet), self.ping_interval, self.ping_timeout, socket)

    async def _open_websocket(self, request: web.Request, connection: Connection) -> web.StreamResponse:
        try:
            socket, response = await websocket.accept(
                request, connection.receive_limit, connection, self._flush_batch
            )
        except BaseException:
            connection.close("transport error")
            raise
        self._start(connection, [], socket)
        return response

    async def _upgrade(
        self, request: web.Request, connection: Connection, transport: str
    ) -> web.StreamResponse:
        if transport != "websocket" or not self._may_upgrade():
            raise RequestRefused
        if not connection.upgradable:
            return await self._close_at_once(request, connection)
        probe = Probe(connection)
        connection.upgrade_started(probe)
        try:
            socket, response = await websocket.accept(
                request, connection.receive_limit, probe, self._flush_batch
            )
        except BaseException:
            probe.fail()
            raise
        probe.attach(socket)
        return response

    async def _close_at_once(self, request: web.Request, connection: Connection) -> web.StreamResponse:
        """Opens a websocket and closes it: as Node's server does while its session upgrades, and ever after.

        So a client sees it close, where a refused handshake would be an error to it.
        """
        socket, response = await websocket.accept(
            request, connection.receive_limit, websocket.NO_LISTENER, self._flush_batch
        )
        socket.close()
        # A client that does not answer the close frame would hold a descriptor that belongs to no session.
        asyncio.get_running_loop().call_later(FAREWELL_TIMEOUT, socket.abort)
        return response

    def _may_upgrade(self) -> bool:
        return bool(self.allow_upgrades) and "websocket" in self.transports

    # -- polling --------------------------------------------------------------------------------------------

    async def _poll_or_push(
        self, request: web.Request, environ: Environ, connection: Connection
    ) -> web.StreamResponse:
        """Handles a GET or POST of a polling session. Errors that lose packets close the session."""
        connection.polling.count_request()
        try:
            if request.method == "GET":
                return self._responses.ok(await self._poll(request, connection), environ)
            if request.method == "POST":
                await self._push(request, connection)
                return self._responses.ok(b"ok", environ)
        except PayloadTooLarge:
            connection.close("transport error")
            raise
        except PacketError as error:
            connection.close(PARSE_ERROR)
            raise RequestRefused from error
        except Overlap:
            connection.polling.close(frames.CLOSE)
            connection.close("transport error")
            raise
        except BaseException as error:
            connection.request_lost()
            if isinstance(error, web.RequestPayloadError):
                raise RequestRefused from error
            raise
        raise RequestRefused

    async def _poll(self, request: web.Request, connection: Connection) -> bytes:
        """Returns the packets of one GET. A client that has proved nothing must poll again soon."""
        connection.poll_began()
        body = await connection.polling.poll(request)
        if connection in self._unproved:
            connection.poll_ended()
        return body

    async def _push(self, request: web.Request, connection: Connection) -> None:
        """Receives the packets of one POST; returns when the queue is not full, to hold the client back."""
        if connection.polling.posting:
            raise Overlap
        connection.polling.posting = True
        try:
            for packet in decode_payload(await read_body(request, connection.receive_limit)):
                connection.receive(packet)
            await connection.receive_queue.wait_not_full()
        finally:
            connection.polling.posting = False

    def _cookie_headers(self, sid: str) -> list[tuple[str, str]]:
        if not self.cookie:
            return []
        attributes = (
            self.cookie
            if isinstance(self.cookie, dict)
            else {"name": self.cookie, "path": "/", "SameSite": "Lax"}
        )
        return [("Set-Cookie", self._generate_sid_cookie(sid, attributes))]

    # -- sessions -------------------------------------------------------------------------------------------

    async def _message(self, connection: Connection, message: MessageData) -> None:
        handler = self.handlers.get("message")
        if handler is not None:
            outcome = handler(connection.id, message)
            if inspect.isawaitable(outcome):
                await outcome

    def _closed(self, connection: Connection, reason: str) -> None:
        """Removes a closed session, and runs its disconnect handler in a task."""
        self._unproved.ended(connection)
        self._live.pop(connection.id, None)
        task = asyncio.get_running_loop().create_task(self._disconnected(connection, reason))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _disconnected(self, connection: Connection, reason: str) -> None:
        try:
            await self._trigger_event("disconnect", connection.id, reason, run_async=False)
        except CloseTransport:
            pass
        finally:
            self.sockets.pop(connection.id, None)
        await connection.flushed()

    def _forget(self, connection: Connection) -> None:
        """Removes a session that was refused: it has no disconnect handler."""
        self._unproved.ended(connection)
        connection.closed = True
        self._live.pop(connection.id, None)
        self.sockets.pop(connection.id, None)

    def _get_socket(self, sid: str) -> Connection:
        connection: Connection = self.sockets[sid]
        return connection

    # -- sending, as the library does -----------------------------------------------------------------------

    async def send(self, sid: str, data: Any) -> None:
        """Sends a message: text, bytes, or a list or dict as JSON. Does nothing if the session is closed."""
        if isinstance(data, (dict, list)):
            data = json.dumps(data, separators=(",", ":"))
        if (connection := self._live.get(sid)) is not None:
            connection.send(Frame.encoded(data))

    async def send_packet(self, sid: str, pkt: Any) -> None:
        """Sends a packet of the library. Does nothing if the session is closed."""
        if (connection := self._live.get(sid)) is not None:
            encoded = pkt.encode()
            connection.send(
                Frame.encoded(encoded) if isinstance(encoded, bytes) else Frame.engine(encoded.encode())
            )

    async def disconnect(self, sid: str | None = None) -> None:
        """Closes one session, or all of them."""
        for connection in list(self._live.values()) if sid is None else [self._live.get(sid)]:
            if connection is not None:
                connection.close(self.reason.SERVER_DISCONNECT)


async def _refuse_unknown_session(request: web.Request, sid: str) -> web.StreamResponse:
    raise UnknownSession


def _peer(request: web.Request) -> CountedAs:
    return ((request.remote or "", 1),)


def _check_head(request: web.Request) -> None:
    """Raises HeadTooLarge, and EncodedBody before anything of the body is read."""
    if sum(len(name) + len(value) for name, value in request.raw_headers) > HEAD_LIMIT:
        raise HeadTooLarge
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise EncodedBody


def _logger(given: Any) -> Any:
    """Returns the logger to give to the library: one that the application made, or ours instead of a bool."""
    # For a bool the library would add handlers to loggers of its own.
    return log if given is None or isinstance(given, bool) else given
