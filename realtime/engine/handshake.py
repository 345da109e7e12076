"""The Engine.IO server: routes HTTP requests to a handshake, a session, an upgrade, or a refusal."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bitworks.realtime.engine import frame as frames
from bitworks.realtime.engine import websocket
from bitworks.realtime.engine.connection import PARSE_ERROR, Connection
from bitworks.realtime.engine.errors import (
    BadMethod,
    EncodedBody,
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
from bitworks.realtime.engine.origins import Environ, Origins
from bitworks.realtime.engine.payload import decode_payload
from bitworks.realtime.engine.polling import read_body
from bitworks.realtime.engine.protocol_proxy import ConnectionGone
from bitworks.realtime.engine.responses import Responses
from bitworks.realtime.engine.sessions import SessionServer
from bitworks.realtime.engine.unproved import CountedAs
from bitworks.realtime.engine.upgrade import Probe

log = logging.getLogger("socketio.engine")

UnknownSessionHook = Callable[[web.Request, str], Awaitable[web.StreamResponse]]
"""Responds to a request whose session id, the second argument, is none of this server's; or raises
UnknownSession."""

HEAD_LIMIT = 20 * 1024
"""Bytes of the headers of a request: cookies of 16 KiB, and the rest."""
FAREWELL_TIMEOUT = 0.5
"""Seconds that a client has for the close frame of a websocket that was opened only to be closed."""


class EngineServer(SessionServer):
    """The server for aiohttp, with every transport of engineio's replaced. Beyond what `SessionServer` takes:

    `unknown_session`: responds to every request whose session is not one of this server's.
    `counted_as`: the keys under which the session that a request opens is counted, by default that of its peer.
    """

    def __init__(
        self,
        *args: Any,
        unknown_session: UnknownSessionHook | None = None,
        counted_as: Callable[[web.Request], CountedAs] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._unknown_session = unknown_session or _refuse_unknown_session
        self._counted_as = counted_as or _peer
        origins = Origins(
            self._cors_allowed_origins, self.cors_allowed_origins == [], bool(self.cors_credentials)
        )
        self._origins = origins
        self._responses = Responses(origins, self.compression_threshold if self.http_compression else None)

    def attach(self, app: web.Application, engineio_path: str = "engine.io") -> None:
        """Adds the route to an application; the server then shuts down with it."""
        app.router.add_route("*", f"/{engineio_path.strip('/')}/", self.handle_request)
        app.on_shutdown.append(self._on_shutdown)

    async def _on_shutdown(self, app: web.Application) -> None:
        await self.shutdown()

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
                return await self._answer_poll(request, environ, connection)
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

    async def _answer_poll(
        self, request: web.Request, environ: Environ, connection: Connection
    ) -> web.StreamResponse:
        """Writes the packets of one GET. Raises ConnectionError if the client hangs up before it has read them."""
        body = await self._poll(request, connection)
        response = self._responses.ok(body, environ)
        # Written here and not by aiohttp: until then the client has read nothing, and is given no more to read.
        with connection.polling.leaving(len(body)):
            await response.prepare(request)
            await response.write_eof()
        return response

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
            await connection.admit(request.content_length)
            if connection.closed:
                raise RequestRefused
            for packet in decode_payload(await read_body(request, connection.receive_limit)):
                connection.receive(packet)
            await connection.receive_queue.wait_not_full()
        finally:
            connection.polling.posting = False
            connection.admitted()

    def _cookie_headers(self, sid: str) -> list[tuple[str, str]]:
        if not self.cookie:
            return []
        attributes = (
            self.cookie
            if isinstance(self.cookie, dict)
            else {"name": self.cookie, "path": "/", "SameSite": "Lax"}
        )
        return [("Set-Cookie", self._generate_sid_cookie(sid, attributes))]


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
