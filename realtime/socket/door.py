"""Puts the Socket.IO server into an application, and takes it down with it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial

from aiohttp import web

from bitworks.core.operations import Bound
from bitworks.realtime.engine import AsyncServer
from bitworks.realtime.forwarding import Placement
from bitworks.realtime.socket import json_codec
from bitworks.realtime.socket.events import Events
from bitworks.realtime.socket.namespace import SocketDependencies, UserNamespace
from bitworks.tasks import Tasks

PACKET_LIMIT = 8 * 1024 * 1024  # bytes
# A stop sends each device to another instance: one at a time, so that those are not stormed, but within
# this time in all. Both in seconds.
DRAIN_PACE = 0.002
DRAIN_WITHIN = 3.0
SEND_LIMIT = 1024 * 1024  # bytes unread above which a socket is not read from


def add_realtime(
    app: web.Application,
    operations: Sequence[Bound],
    dependencies: SocketDependencies,
    placement: Placement,
    *,
    cors_origins: tuple[str, ...],
) -> None:
    """Serves `/socket.io/` for as long as the application runs."""
    server = AsyncServer(
        async_mode="aiohttp",
        async_handlers=False,
        namespaces="*",
        json=json_codec,
        max_http_buffer_size=PACKET_LIMIT,
        send_limit=SEND_LIMIT,
        cors_allowed_origins=_origins(cors_origins),
        cors_credentials=False,
        new_session_id=placement.new_session_id,
        unknown_session=partial(placement.forward, limit=PACKET_LIMIT),
    )
    namespace = UserNamespace(server, dependencies, Events(operations))
    server.register_namespace(namespace)

    async def reconciling(app: web.Application) -> AsyncIterator[None]:
        tasks = Tasks("hub")
        tasks.start(namespace.hub.run(), "reconcile")
        yield
        await tasks.stop()

    async def drain(app: web.Application) -> None:
        """Takes no more sockets, and sends those it has elsewhere, a few at a time."""
        server.accepting = False
        connections = tuple(server.connections.values())
        for connection in connections:
            connection.close("server closes")
            await asyncio.sleep(min(DRAIN_PACE, DRAIN_WITHIN / len(connections)))

    app.cleanup_ctx.append(reconciling)
    app.on_shutdown.append(drain)
    server.attach(app)  # its own shutdown, which closes the rest at once, comes after the drain


def _origins(cors_origins: tuple[str, ...]) -> str | list[str] | None:
    """None, to the library, is the same origin only."""
    if "*" in cors_origins:
        return "*"
    return list(cors_origins) or None
