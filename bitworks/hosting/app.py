"""The composition root: opens stores and connections, builds the features, and wires them together. It has no logic."""

import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import Any

from bitworks.core.clock import Clock
from bitworks.core.operations import AnyOperation, BoundOperation, bind
from bitworks.fanout import AttemptLimits, Fanout, FanoutTimings, open_fanout
from bitworks.features.accounts import operations as account_operations
from bitworks.features.accounts.accounts import Accounts, registrations_of_address
from bitworks.features.accounts.live_sessions import LiveSessions
from bitworks.features.accounts.passwords import Passwords
from bitworks.features.accounts.sessions import Sessions, TokenPolicy
from bitworks.features.config import operations as config_operations
from bitworks.features.config.site_config import SiteConfig
from bitworks.features.history import operations as history_operations
from bitworks.features.history.contexts import Contexts
from bitworks.features.history.conversations import Conversations
from bitworks.features.history.messages import Messages
from bitworks.features.limits.attempts import Attempts
from bitworks.features.limits.fair_queue import FairQueue, QueueBounds
from bitworks.features.limits.quotas import Quota, Quotas
from bitworks.features.limits.strangers import StrangerBounds, Strangers
from bitworks.features.models.counting import Counting
from bitworks.features.models.token_counter import TokenCounter
from bitworks.features.replies import operations as reply_operations
from bitworks.features.replies.producers.opening import open_producer
from bitworks.features.replies.producers.producer import Producer
from bitworks.features.replies.replies import Replies
from bitworks.features.replies.store import ReplyShares
from bitworks.features.replies.summaries.summaries import Summaries
from bitworks.features.streaming import operations as stream_operations
from bitworks.features.streaming.keeping import StreamKeeper
from bitworks.features.streaming.open_streams import OpenStreams
from bitworks.features.streaming.owner_calls import OwnerCalls
from bitworks.features.streaming.streaming import Streaming
from bitworks.features.streaming.timings import StreamTimings
from bitworks.features.sync import operations as sync_operations
from bitworks.features.sync.publishing import Epoch, FollowerHints, Publisher
from bitworks.features.sync.sync import Sync
from bitworks.features.window import operations as window_operations
from bitworks.features.window.windows import Windows
from bitworks.hosting.clock import new_id, now
from bitworks.hosting.configuration import config_of
from bitworks.hosting.connections import ConnectionTimings
from bitworks.hosting.descriptors import descriptor_limit
from bitworks.hosting.kinds import KINDS
from bitworks.hosting.producers import producer_of
from bitworks.hosting.settings import Settings
from bitworks.hosting.stores import Stores, open_stores
from bitworks.realtime.delivery.limits import DeliveryLimits
from bitworks.realtime.delivery.packets import SocketIoPackets
from bitworks.storage.jobs import WorkTimings
from bitworks.storage.kinds import Kind


@dataclass(frozen=True, slots=True)
class Tuning:
    """What tests may choose and operators may not: the clock, timings, and more kinds and operations."""

    clock: Clock = now
    """The time, in UTC."""
    delivery: DeliveryLimits = field(default_factory=DeliveryLimits)
    """The waits and amounts of delivery."""
    streams: StreamTimings = field(default_factory=StreamTimings)
    """The timings of streaming messages."""
    work: WorkTimings = field(default_factory=WorkTimings)
    """The timings of workers."""
    connections: ConnectionTimings = field(default_factory=ConnectionTimings)
    """The deadlines of connections."""
    fanout: FanoutTimings = field(default_factory=FanoutTimings)
    """The timings of the fan-out."""
    kinds: Sequence[Kind[Any]] = KINDS
    """The kinds of rows that have changes."""
    more_operations: Callable[["App"], Iterable[BoundOperation]] = lambda app: ()
    """The operations that an app serves beside those of the features."""


@dataclass(frozen=True, slots=True)
class App:
    """One composed instance: its features, and what they are built on. No module outside of `hosting` is given it."""

    settings: Settings
    """Those of the operator."""
    tuning: Tuning
    """Those of tests."""
    secret: str
    """Signs the tokens of sessions and of replies."""
    stores: Stores
    """PostgreSQL."""
    fanout: Fanout
    """Carries notices between instances."""
    epoch: Epoch
    """Names the history that cursors are of."""
    publisher: Publisher
    """Publishes changes after their commit."""
    producer: Producer
    """Writes replies."""
    reads: FairQueue
    """Gives the heavy reads of users their places, each until its response is written."""
    event_reads: FairQueue
    """As `reads`, for events, which must not wait for responses that are written slowly."""
    uploads: FairQueue
    """Gives the large bodies of users their places, each until what it asks for is done."""
    answers: FairQueue
    """Gives the large responses to writes their places, each until it is written."""
    quotas: Quotas
    """Limits each user."""
    strangers: Strangers
    """Limits each address."""
    site_config: SiteConfig
    """What strangers are told of the server."""
    sessions: Sessions
    """Sign-ins."""
    accounts: Accounts
    """Registered users."""
    conversations: Conversations
    """Conversations."""
    messages: Messages
    """Messages that are complete when they are written."""
    contexts: Contexts
    """The settings of each conversation."""
    windows: Windows
    """What of a conversation a model is given."""
    streaming: Streaming
    """Messages that are written piece by piece."""
    keeper: StreamKeeper
    """Serves other instances, and ends messages whose producer died."""
    replies: Replies
    """Requests for replies."""
    summaries: Summaries
    """Running summaries."""
    counting: Counting
    """Counts tokens."""
    sync: Sync
    """Catching up over REST."""

    @property
    def operations(self) -> tuple[BoundOperation, ...]:
        """Every operation, bound to the feature that performs it."""
        bound = chain.from_iterable(bind(table, feature(self)) for table, feature in TABLES)
        return (*bound, *self.tuning.more_operations(self))


# The tables of all features, each with the feature that performs it.
TABLES: tuple[tuple[Sequence[AnyOperation], Callable[[App], object]], ...] = (
    (config_operations.OPERATIONS, lambda app: app.site_config),
    (account_operations.ACCOUNTS, lambda app: app.accounts),
    (account_operations.REFRESH, lambda app: app.sessions),
    (account_operations.SESSIONS, lambda app: app.sessions),
    (account_operations.OWN_ACCOUNT, lambda app: app.accounts),
    (history_operations.CONVERSATIONS, lambda app: app.conversations),
    (history_operations.MESSAGES, lambda app: app.messages),
    (stream_operations.OPERATIONS, lambda app: app.streaming),
    (reply_operations.OPERATIONS, lambda app: app.replies),
    (history_operations.CONTEXTS, lambda app: app.contexts),
    (window_operations.OPERATIONS, lambda app: app.windows),
    (sync_operations.OPERATIONS, lambda app: app.sync),
)
OPERATIONS: tuple[AnyOperation, ...] = tuple(chain.from_iterable(table for table, _ in TABLES))


@dataclass(frozen=True, slots=True)
class Platform:
    """What the features of one instance are built on: opened before them, closed after them."""

    settings: Settings
    """Those of the operator."""
    tuning: Tuning
    """Those of tests."""
    secret: str
    """Signs the tokens of sessions and of replies."""
    stores: Stores
    """PostgreSQL."""
    fanout: Fanout
    """Carries notices between instances."""
    limits: AttemptLimits
    """Counts attempts across instances."""
    producer: Producer
    """Writes replies."""
    passwords: Passwords
    """Hashes passwords in threads of its own."""
    counting: Counting
    """Counts tokens in threads of its own."""
    epoch: Epoch
    """Names the history that cursors are of."""


@asynccontextmanager
async def open_app(
    settings: Settings, database_url: str, secret: str, tuning: Tuning | None = None
) -> AsyncIterator[App]:
    """An instance on a migrated database, which keeps its streams until the block ends.

    Raises `NotMigrated`, `Unavailable`.
    """
    async with _open_platform(settings, database_url, secret, tuning or Tuning()) as platform:
        app = _compose(platform)
        async with app.keeper.running():
            yield app


@asynccontextmanager
async def _open_platform(
    settings: Settings, database_url: str, secret: str, tuning: Tuning
) -> AsyncIterator[Platform]:
    rate_limited = settings.rate_limits == "on"
    async with (
        open_stores(
            database_url,
            settings.database_connections,
            pooler=settings.database_pooler,
            kinds=tuning.kinds,
            stream_timings=tuning.streams,
            clock=tuning.clock,
            reply_shares=ReplyShares(settings.replies_per_user, settings.unfinished_replies_per_user),
        ) as stores,
        open_fanout(settings.redis_url, limited=rate_limited, timings=tuning.fanout) as (fanout, limits),
        open_producer(producer_of(settings)) as producer,
    ):
        with closing(Passwords(settings.bcrypt_rounds)) as passwords, closing(TokenCounter()) as counter:
            yield Platform(
                settings=settings,
                tuning=tuning,
                secret=secret,
                stores=stores,
                fanout=fanout,
                limits=limits,
                producer=producer,
                passwords=passwords,
                counting=Counting(counter, settings.default_model),
                epoch=Epoch(await stores.revisions.epoch()),
            )


def _compose(platform: Platform) -> App:
    """Builds the features from the bottom up. Each is given what it needs, and nothing else."""
    settings, tuning, stores = platform.settings, platform.tuning, platform.stores
    producer, counting = platform.producer, platform.counting
    hints = FollowerHints(platform.fanout, followed=settings.amqp_url is not None)
    publisher = Publisher(platform.fanout, SocketIoPackets(), platform.epoch, hints)
    quotas = Quotas(_quota(settings))
    sessions, accounts = _compose_accounts(platform, publisher, quotas)
    open_streams = OpenStreams(stores.streams, publisher.text, platform.fanout.name, tuning.streams)
    calls = OwnerCalls(platform.fanout)
    streaming = Streaming(stores.streams, open_streams, calls, counting, publisher, tuning.streams, new_id)
    replies = Replies(
        stores.replies, stores.messages, streaming, publisher, producer, platform.secret, tuning.clock, new_id
    )
    searches = FairQueue(_searches(settings))
    conversations = Conversations(stores.conversations, publisher, new_id, searches)
    return App(
        settings=settings,
        tuning=tuning,
        secret=platform.secret,
        stores=stores,
        fanout=platform.fanout,
        epoch=platform.epoch,
        publisher=publisher,
        producer=producer,
        quotas=quotas,
        reads=FairQueue(_reads(settings)),
        event_reads=FairQueue(_reads(settings)),
        uploads=FairQueue(_uploads(settings)),
        answers=FairQueue(_answers(settings)),
        strangers=Strangers(_stranger_bounds(settings)),
        site_config=SiteConfig(config_of(settings)),
        sessions=sessions,
        accounts=accounts,
        conversations=conversations,
        messages=Messages(stores.messages, conversations, publisher, counting, streaming, replies, new_id),
        contexts=Contexts(stores.contexts, publisher, new_id),
        windows=Windows(stores.windows, stores.contexts, counting, settings.default_model),
        streaming=streaming,
        keeper=StreamKeeper(streaming),
        replies=replies,
        summaries=Summaries(stores.contexts, counting, publisher),
        counting=counting,
        sync=Sync(stores.changes, platform.fanout, quotas, sessions),
    )


def _compose_accounts(platform: Platform, publisher: Publisher, quotas: Quotas) -> tuple[Sessions, Accounts]:
    settings, stores, clock = platform.settings, platform.stores, platform.tuning.clock
    policy = TokenPolicy(
        secret=platform.secret,
        access_lifetime=timedelta(seconds=settings.access_token_seconds),
        refresh_lifetime=timedelta(days=settings.refresh_token_days),
    )
    live = LiveSessions(stores.sessions)
    sessions = Sessions(stores.sessions, stores.accounts, live, quotas, publisher, policy, clock, new_id)
    attempts = Attempts(platform.limits)
    registration_open = settings.registration == "open"
    registrations = registrations_of_address(settings.registrations_per_hour)
    accounts = Accounts(
        stores.accounts,
        sessions,
        platform.passwords,
        attempts,
        registration_open,
        registrations,
        clock,
        new_id,
    )
    return sessions, accounts


def _searches(settings: Settings) -> QueueBounds:
    """One search of a user at a time, and of all users no more than leave half of the connections to others."""
    places = max(settings.database_connections // 2, 1)
    return QueueBounds(places, places_of_share=1, waiting=200, waiting_of_share=10, retry_after=1)


def _reads(settings: Settings) -> QueueBounds:
    """What may be read at once and not be written out yet: of one user some 4 windows of 16 MiB of JSON, or pages."""
    return _of_each_user(settings, places=4, waiting=100)


def _uploads(settings: Settings) -> QueueBounds:
    """What may be on its way or at work at once: of one user eight bodies of up to 8 MiB."""
    return _of_each_user(settings, places=8, waiting=100)


def _answers(settings: Settings) -> QueueBounds:
    """What is written and was not read yet: of one user 32 messages of a megabyte, those that wait included."""
    return _of_each_user(settings, places=8, waiting=24)


def _of_each_user(settings: Settings, *, places: int, waiting: int) -> QueueBounds:
    """Places of each user, and any number of all: who is slow must not take the place of anybody else."""
    most = sys.maxsize
    if settings.rate_limits == "off":
        return QueueBounds(most, most, most, most, retry_after=1)
    return QueueBounds(most, places_of_share=places, waiting=1_000, waiting_of_share=waiting, retry_after=1)


def _stranger_bounds(settings: Settings) -> StrangerBounds | None:
    return None if settings.rate_limits == "off" else StrangerBounds(in_all=descriptor_limit() // 2)


def _quota(settings: Settings) -> Quota:
    if settings.rate_limits == "off":
        return Quota(requests_per_second=None, connections=None)
    return Quota(requests_per_second=settings.requests_per_second, connections=settings.connections_per_user)
