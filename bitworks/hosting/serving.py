"""Serves the application on its port until a signal stops it."""

import asyncio
import gc
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypeVar

import structlog
from aiohttp import web

from bitworks.fanout import open_fanout
from bitworks.hosting.app import open_app
from bitworks.hosting.background import reply_worker
from bitworks.hosting.relaying import relaying
from bitworks.hosting.settings import Settings
from bitworks.hosting.site import open_runner
from bitworks.realtime.forwarding import Placement
from bitworks.realtime.forwarding.session_ids import Owner

log = structlog.get_logger(__name__)

T = TypeVar("T")

# BACKLOG: connections that wait to be accepted. With 128, a storm of reconnects has SYNs dropped, and retried after
# seconds.
BACKLOG = 4096
# FINISH_WITHIN: seconds for requests under way to finish after a stop. aiohttp waits for as long twice: once more after
# a request was told that it is cut off.
FINISH_WITHIN = 2.0
OLDEST_GENERATION = 2  # of the garbage collector: a full collection
# DEFAULT_REPLY_SLOTS: replies that a process without doors works on at once, where REPLY_WORKERS is 0.
DEFAULT_REPLY_SLOTS = 100


def stop_on_signals() -> asyncio.Event:
    """An event that SIGINT, SIGTERM and SIGHUP set. From here on none of them ends the process by itself.

    A closed terminal sends SIGHUP; started under `nohup`, the process goes on.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@asynccontextmanager
async def started(stop: asyncio.Event, server: AbstractAsyncContextManager[T]) -> AsyncIterator[T | None]:
    """Enters `server`, which may take a minute, unless `stop` is set before it is entered: then gives None."""
    async with AsyncExitStack() as stack:
        starting = asyncio.create_task(stack.enter_async_context(server))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not starting.done():
            starting.cancel()
            await asyncio.wait({starting})
        yield None if starting.cancelled() else starting.result()


def listen(settings: Settings) -> list[socket.socket]:
    """Sockets on the configured port, one for each address that the host name has."""
    found = socket.getaddrinfo(
        settings.address, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    places = dict.fromkeys((family, place) for family, _, _, _, place in found)
    return [socket.create_server(place[:2], family=family, backlog=BACKLOG) for family, place in places]


def freeze_long_lived_objects() -> None:
    """Excludes long-lived objects from garbage collection, which would stop the process for 0.1 s and more.

    Frozen are all objects that the start has made, and then those that survive a full collection: devices and
    their users. They are freed by reference counting (`tests/realtime/delivery/test_memory.py`).
    """
    gc.collect()
    gc.freeze()
    gc.callbacks.append(_freeze_survivors)


def _freeze_survivors(phase: str, details: dict[str, int]) -> None:
    if phase == "stop" and details["generation"] == OLDEST_GENERATION:
        gc.freeze()


def host_name(settings: Settings) -> str:
    """The name of this instance among all: the URL at which others reach it, or a random one."""
    return settings.advertise_url or secrets.token_hex(8)


def log_serving(settings: Settings, listeners: Sequence[socket.socket]) -> None:
    """Logs the address that a browser on this machine can open."""
    host = "localhost" if settings.address in ("127.0.0.1", "0.0.0.0") else settings.address  # noqa: S104
    log.info("serving", url=f"http://{host}:{listeners[0].getsockname()[1]}")


async def serve_alone(settings: Settings, database_url: str, secret: str, stop: asyncio.Event) -> None:
    """Serves in this one process until `stop` is set."""
    listeners = listen(settings)
    await serve(
        settings,
        database_url,
        secret,
        stop,
        listeners=listeners,
        placement=Placement(secret, Owner(host_name(settings), 0)),
        on_serving=lambda: log_serving(settings, listeners),
    )


async def work_on_replies(settings: Settings, database_url: str, secret: str, stop: asyncio.Event) -> None:
    """Works on replies until `stop` is set. REPLY_WORKERS=0 turns off the workers of serving processes alone."""
    slots = settings.reply_workers or DEFAULT_REPLY_SLOTS
    async with (
        open_app(settings, database_url, secret) as app,
        reply_worker(app, slots),
    ):
        log.info("working")
        await stop.wait()
        log.info("stopping")


async def relay(settings: Settings, database_url: str, stop: asyncio.Event, *, from_now: bool) -> None:
    """Tells the broker of every change until `stop` is set, and serves nothing."""
    async with (
        open_fanout(settings.redis_url, limited=False) as (fanout, _),
        relaying(settings, database_url, fanout, from_now=from_now),
    ):
        log.info("relaying")
        await stop.wait()
        log.info("stopping")


async def serve(
    settings: Settings,
    database_url: str,
    secret: str,
    stop: asyncio.Event,
    *,
    listeners: Sequence[socket.socket],
    placement: Placement,
    on_serving: Callable[[], None],
) -> None:
    """Serves on these sockets until `stop` is set, then finishes the requests under way.

    `placement` hands sockets over to other processes of the instance; `on_serving` is called once connections are
    accepted.
    """
    async with open_app(settings, database_url, secret) as app, AsyncExitStack() as stack:
        if settings.amqp_url is not None and settings.amqp_relay == "on":
            await stack.enter_async_context(relaying(settings, database_url, app.fanout))
        runner = open_runner(app, placement, shutdown_timeout=FINISH_WITHIN)
        await runner.setup()
        try:
            assert runner.server is not None
            async with placement.serve_handovers(runner.server):
                for listener in listeners:
                    await web.SockSite(runner, listener, backlog=BACKLOG).start()
                freeze_long_lived_objects()
                on_serving()
                await stop.wait()
                log.info("stopping")
        finally:
            await runner.cleanup()
