"""Adds the Socket.IO server to an application, and drains it when that stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from bitworks.core.operations import BoundOperation
from bitworks.realtime.engine import ANY_PORT, AsyncServer, CountedAs, is_among
from bitworks.realtime.forwarding import Placement
from bitworks.realtime.socket.events import Events
from bitworks.realtime.socket.json_codec import EventCodec
from bitworks.realtime.socket.namespace import SocketDependencies, UserNamespace
from bitworks.tasks import Tasks

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]
PATH = "/socket.io/"
# PACKET_LIMIT: bytes of a packet or a polling request, that of the largest event; each event has its own.
PACKET_LIMIT = 8 * 1024 * 1024
# SEND_LIMIT: unread bytes above which a socket is not read from: its client must read its acknowledgements first.
SEND_LIMIT = 1024 * 1024
# LARGE_PER_USER: sockets of one user of which more than 256 KiB may be on their way or at work at once.
LARGE_PER_USER = 8
# ATTACHMENT_LIMIT: bytes of the attachments of a packet. No event takes any; they wait for each other uncounted.
ATTACHMENT_LIMIT = 64 * 1024
# CONNECT_TIMEOUT: seconds until a socket must have joined its namespace; its client may need a new token before.
CONNECT_TIMEOUT = 30.0
# UNPROVED_TOTAL: sockets of a worker that have not shown a token that holds; of more, the oldest is closed.
UNPROVED_TOTAL = 10_000
# DRAIN_PACE: seconds between two devices that are closed while the server drains, so that the other instances are not
# stormed by all at once.
DRAIN_PACE = 0.002
# DRAIN_WITHIN: seconds after which all of them are closed, however many they are.
DRAIN_WITHIN = 3.0


@dataclass(frozen=True, slots=True)
class UnprovedSockets:
    """What strangers may have of a worker: sockets that have not shown a token that holds."""

    per_address: int | None
    """Of one address at once; None: any number."""
    counted_as: Callable[[web.Request], CountedAs]
    """The keys under which a request is counted, behind the proxies that are trusted."""


def add_realtime(
    app: web.Application,
    operations: Sequence[BoundOperation],
    dependencies: SocketDependencies,
    placement: Placement,
    *,
    cors_origins: tuple[str, ...],
    unproved: UnprovedSockets,
) -> None:
    """Serves `/socket.io/` for as long as the application runs, which reconciles its devices meanwhile."""
    codec = EventCodec({one.spec.name: one.spec.bound for one in operations if one.spec.event})
    server = _server(placement, codec, cors_origins, unproved)
    namespace = UserNamespace(server, dependencies, Events(operations, dependencies.reads))
    server.register_namespace(namespace)

    async def reconciling(app: web.Application) -> AsyncIterator[None]:
        tasks = Tasks("hub")
        tasks.start(namespace.hub.run(), "reconcile")
        yield
        await tasks.stop()

    async def drain(app: web.Application) -> None:
        await _drain(server)

    @web.middleware
    async def recognize(request: web.Request, handler: Endpoint) -> web.StreamResponse:
        """Counts a poll as its user's, once its socket has shown a token."""
        if request.path == PATH:
            connection = server.connections.get(request.query.get("sid", ""))
            if connection is not None and (user_id := connection.session.get("user")) is not None:
                dependencies.strangers.recognize(request.protocol, user_id)
        return await handler(request)

    app.middlewares.append(recognize)
    app.cleanup_ctx.append(reconciling)
    app.on_shutdown.append(drain)
    server.attach(app)  # its own shutdown, which closes the rest at once, comes after the drain


def _server(
    placement: Placement, codec: EventCodec, cors_origins: tuple[str, ...], unproved: UnprovedSockets
) -> AsyncServer:
    return AsyncServer(
        async_mode="aiohttp",
        async_handlers=False,  # the events of a device are handled in the order in which it sent them
        namespaces="*",
        json=codec,
        max_http_buffer_size=PACKET_LIMIT,
        send_limit=SEND_LIMIT,
        cors_allowed_origins=_origins(cors_origins),
        cors_credentials=False,
        new_session_id=placement.new_session_id,
        unknown_session=placement.forward,
        http_compression=False,  # it runs on the loop: 8 MiB stop everybody for a third of a second
        environ_keys=(),  # a device is known by its token alone
        connect_timeout=CONNECT_TIMEOUT,
        attachment_limit=ATTACHMENT_LIMIT,
        owner_of=lambda connection: connection.session.get("user"),
        large_per_owner=unproved.per_address and LARGE_PER_USER,
        unproved_per_address=unproved.per_address,
        unproved_total=unproved.per_address and UNPROVED_TOTAL,
        counted_as=unproved.counted_as,
    )


async def _drain(server: AsyncServer) -> None:
    """Accepts no more sockets, and closes all open ones one after another: their clients reconnect elsewhere."""
    server.accepting = False
    connections = tuple(server.connections.values())
    for connection in connections:
        connection.close("server closes")
        await asyncio.sleep(min(DRAIN_PACE, DRAIN_WITHIN / len(connections)))


def _origins(cors_origins: tuple[str, ...]) -> str | list[str] | Callable[[str, object], bool] | None:
    """The origins as the library takes them, to which None is the same origin only."""
    if "*" in cors_origins:
        return "*"
    if any(one.endswith(ANY_PORT) for one in cors_origins):
        return lambda origin, environ: is_among(origin, cors_origins)
    return list(cors_origins) or None
