"""The composition root: opens what is needed and wires it together. It holds no logic of its own."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from functools import partial

from aiohttp import web
from pydantic import SecretStr

from bitworks.core.ids import uuid7
from bitworks.fanout import open_fanout
from bitworks.features.accounts.live_sessions import LiveSessions
from bitworks.features.accounts.passwords import Passwords
from bitworks.features.limits.quotas import Quota, Quotas
from bitworks.features.models.counting import Counting
from bitworks.features.models.token_counter import TokenCounter
from bitworks.features.replies.producers.chat_completions import ChatServer
from bitworks.features.replies.producers.opening import Choice, DemoAnswers, NobodyAnswers, open_producer
from bitworks.features.replies.producers.webhook import Workflow
from bitworks.features.replies.run import Patience
from bitworks.features.replies.worker import working
from bitworks.features.streaming.keeping import drain, keeping_streams
from bitworks.features.streaming.open_streams import OpenStreams
from bitworks.features.streaming.owner_calls import Errands
from bitworks.features.sync.publishing import publish_text
from bitworks.hosting.built_client import built_client
from bitworks.hosting.settings import Settings
from bitworks.realtime.forwarding import Placement
from bitworks.realtime.socket.door import add_realtime
from bitworks.rest.addresses import parse_networks
from bitworks.rest.door import add_rest
from bitworks.rest.problems import problems
from bitworks.services import AccountPolicy, Epoch, Services
from bitworks.stores import open_storage

BODY_LIMIT = 8 * 1024 * 1024  # bytes


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return uuid7(time.time_ns() // 1_000_000, os.urandom(10))


@asynccontextmanager
async def open_services(settings: Settings, database_url: str, secret: str) -> AsyncIterator[Services]:
    """Everything that commands need, on a migrated database."""
    limited = settings.rate_limits == "on"
    async with (
        open_storage(database_url, settings.database_connections) as storage,
        open_fanout(settings.redis_url, limited=limited) as (fanout, limits),
        open_producer(producer_of(settings)) as producer,
    ):
        with closing(Passwords(settings.bcrypt_rounds)) as passwords, closing(TokenCounter()) as counter:
            services = Services(
                storage=storage,
                fanout=fanout,
                limits=limits,
                quotas=Quotas(quota(settings)),
                sessions=LiveSessions(storage.sessions),
                streams=OpenStreams(storage.streams, partial(publish_text, fanout), fanout.name),
                errands=Errands(fanout),
                counting=Counting(counter, settings.default_model),
                default_model=settings.default_model,
                producer=producer,
                passwords=passwords,
                policy=AccountPolicy(
                    secret=secret,
                    registration_open=settings.registration == "open",
                    access_lifetime=timedelta(seconds=settings.access_token_seconds),
                    refresh_lifetime=timedelta(days=settings.refresh_token_days),
                ),
                epoch=Epoch(await storage.revisions.epoch()),
                now=now,
                new_id=new_id,
            )
            async with keeping_streams(services):
                yield services


def quota(settings: Settings) -> Quota:
    if settings.rate_limits == "off":
        return Quota(requests=None, places=None)
    return Quota(requests=settings.requests_per_second, places=settings.connections_per_user)


def producer_of(settings: Settings) -> Choice:
    match settings.producer:
        case "openai":
            return ChatServer(
                base_url=str(settings.reply_base_url) if settings.reply_base_url else None,
                api_key=_shown(settings.reply_api_key),
                model=settings.reply_model or "",
                models=settings.reply_models,
                silence=settings.reply_timeout,
            )
        case "webhook":
            return Workflow(
                url=str(settings.webhook_url),
                secret=_shown(settings.webhook_secret) or "",
                timeout=settings.webhook_timeout,
                public_url=settings.callback_url,
                models=settings.chosen_models,
            )
        case "demo":
            return DemoAnswers()
        case "none":
            return NobodyAnswers()


def _shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def answering(services: Services, settings: Settings, slots: int) -> AbstractAsyncContextManager[None]:
    """Produces replies until the block ends."""
    patience = Patience(settings.reply_retries, settings.webhook_timeout)
    return working(services, patience, slots)


def build_app(services: Services, settings: Settings, placement: Placement) -> web.Application:
    """Both doors on one application."""
    app = web.Application(middlewares=[problems], client_max_size=BODY_LIMIT)
    if settings.reply_workers:
        _add_worker(app, services, settings)

    async def drain_streams(app: web.Application) -> None:
        await drain(services)

    # Before the devices are sent away, so that they see what becomes of what they watch.
    app.on_shutdown.append(drain_streams)
    add_realtime(app, services, placement, cors_origins=settings.cors_origins)
    add_rest(
        app,
        services,
        cors_origins=settings.cors_origins,
        trusted_proxies=parse_networks(settings.trusted_proxies),
        client_dist=settings.client_dist or built_client(),
    )
    return app


def _add_worker(app: web.Application, services: Services, settings: Settings) -> None:
    """Works on replies while the application runs. What it leaves to others is not drained with the rest."""
    stack = AsyncExitStack()

    async def begin(app: web.Application) -> None:
        await stack.enter_async_context(answering(services, settings, settings.reply_workers))

    async def leave(app: web.Application) -> None:
        await stack.aclose()

    app.on_startup.append(begin)
    app.on_shutdown.append(leave)
