"""The web application of an instance: both doors on one composed `App`."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial

from aiohttp import web

from bitworks.features.limits.addresses import counted_networks
from bitworks.features.limits.strangers import PLACES_OF_ADDRESS
from bitworks.hosting.admission import ConnectionAdmission
from bitworks.hosting.app import App
from bitworks.hosting.background import reply_worker
from bitworks.hosting.built_client import built_client
from bitworks.hosting.clock import new_id
from bitworks.hosting.connections import HttpRunner
from bitworks.hosting.settings import Settings
from bitworks.realtime.delivery.device import Device
from bitworks.realtime.delivery.hub import Hub
from bitworks.realtime.delivery.recovery import Recovery
from bitworks.realtime.engine import CountedAs, is_among
from bitworks.realtime.forwarding import Placement
from bitworks.realtime.socket.door import UnprovedSockets, add_realtime
from bitworks.realtime.socket.namespace import SocketDependencies
from bitworks.rest.addresses import ClientAddresses, parse_networks
from bitworks.rest.door import add_rest
from bitworks.rest.problems import problems
from bitworks.rest.routing import Authenticator, PlacesOfUser

# BODY_LIMIT: bytes of a request's body, for what reads one without a bound of its own.
BODY_LIMIT = 64 * 1024


def open_runner(app: App, placement: Placement, *, shutdown_timeout: float) -> HttpRunner:
    """Returns what serves both doors, with bounded connections, once it is set up."""
    addresses = ClientAddresses(parse_networks(app.settings.trusted_proxies))
    site = _build_site(app, placement, addresses)
    admission = ConnectionAdmission(app.strangers, addresses)
    return HttpRunner(site, admission, app.tuning.connections, shutdown_timeout=shutdown_timeout)


def _build_site(app: App, placement: Placement, addresses: ClientAddresses) -> web.Application:
    """The web application with both doors."""
    settings = app.settings
    # What is compressed is refused, so nothing inflates it.
    site = web.Application(
        middlewares=[problems], client_max_size=BODY_LIMIT, handler_args={"auto_decompress": False}
    )

    async def answer_held(site: web.Application) -> None:
        app.sync.drain()

    # Before anything that takes its time, as each of them is still waited for at the end.
    site.on_shutdown.append(answer_held)
    if settings.reply_workers:
        _add_worker(site, app)

    async def drain_streams(site: web.Application) -> None:
        await app.keeper.drain()

    # First of all: devices are still connected, and see how the messages that they watch end.
    site.on_shutdown.append(drain_streams)
    operations = app.operations
    add_realtime(
        site,
        operations,
        _socket_dependencies(app),
        placement,
        cors_origins=settings.page_origins,
        unproved=_unproved_sockets(settings, addresses),
    )
    authenticator = Authenticator(app.sessions, app.replies, app.quotas, addresses, app.strangers)
    add_rest(
        site,
        operations,
        authenticator,
        PlacesOfUser(app.reads, app.uploads, app.answers),
        kinds=app.tuning.kinds,
        ready=lambda: app.stores.revisions.epoch(),
        cors_origins=settings.page_origins,
        allows_page=partial(is_among, allowed=settings.page_origins),
        client_dist=settings.client_dist or built_client(),
        https=settings.callback_url.startswith("https:"),
    )
    return site


def _unproved_sockets(settings: Settings, addresses: ClientAddresses) -> UnprovedSockets:
    def counted_as(request: web.Request) -> CountedAs:
        forwarded = request.headers.getall("X-Forwarded-For", ())
        networks = counted_networks(addresses.of(request.remote or "", forwarded))
        return tuple((network.key, network.times) for network in networks)

    limited = settings.rate_limits == "on"
    return UnprovedSockets(PLACES_OF_ADDRESS if limited else None, counted_as)


def _socket_dependencies(app: App) -> SocketDependencies:
    stores = app.stores

    def open_hub(disconnect: Callable[[Device], None]) -> Hub:
        return Hub(
            stores.changes,
            stores.streams,
            stores.sessions,
            stores.revisions,
            app.fanout,
            app.epoch,
            app.tuning.delivery,
            disconnect,
        )

    return SocketDependencies(
        sessions=app.sessions,
        quotas=app.quotas,
        reads=app.event_reads,
        strangers=app.strangers,
        changes=stores.changes,
        recovery=Recovery(stores.changes, new_id),
        publisher=app.publisher,
        open_hub=open_hub,
        now=app.tuning.clock,
    )


def _add_worker(site: web.Application, app: App) -> None:
    """Works on replies while the site runs. Stops before streams are drained, so that its jobs go to other workers."""
    stack = AsyncExitStack()

    async def begin(site: web.Application) -> None:
        await stack.enter_async_context(reply_worker(app, app.settings.reply_workers))

    async def leave(site: web.Application) -> None:
        await stack.aclose()

    site.on_startup.append(begin)
    site.on_shutdown.append(leave)
