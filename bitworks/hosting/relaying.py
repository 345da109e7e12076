"""The relay of one process: what it is built of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bitworks.amqp import topology
from bitworks.amqp.amqp_url import read_amqp_url
from bitworks.amqp.broker import Broker
from bitworks.fanout import Fanout
from bitworks.features.relay.relay import NAME, Relay, RelayWorker
from bitworks.features.sync.following import FollowerHandler, FollowerWorker
from bitworks.features.sync.store import ChangeStore
from bitworks.hosting.clock import new_id, now
from bitworks.hosting.kinds import KINDS
from bitworks.hosting.settings import Settings
from bitworks.storage.database import Database
from bitworks.storage.follower_jobs import FollowerJobs
from bitworks.storage.followers import Followers
from bitworks.storage.kinds import Kinds
from bitworks.storage.revisions import Revisions

# RELAY_CONNECTIONS: of its own to PostgreSQL, so that no request waits for the relay.
RELAY_CONNECTIONS = 8
# RELAY_USERS: users who are told of at once. Each waits for one confirmation after the other.
RELAY_USERS = 64


@asynccontextmanager
async def relaying(
    settings: Settings, database_url: str, fanout: Fanout, *, from_now: bool = False
) -> AsyncIterator[None]:
    """Tells the broker of every change until the block ends."""
    assert settings.amqp_url is not None
    url = read_amqp_url(settings.amqp_url.get_secret_value())
    broker = Broker(url, "bitworks relay", topology.events, declares=settings.amqp_declare == "on")
    database = await Database.connect(database_url, RELAY_CONNECTIONS, settings.database_pooler)
    try:
        relay = Relay(broker, database, settings.callback_url, now)
        jobs = FollowerJobs(database, NAME)
        handler = FollowerHandler(jobs, ChangeStore(database, Kinds.of(KINDS)), relay)
        followers, revisions = Followers(database), Revisions(database)
        worker = FollowerWorker(followers, jobs, handler, fanout, new_id(), RELAY_USERS)
        async with RelayWorker(relay, broker, worker, followers, revisions, from_now=from_now).running():
            yield
    finally:
        await database.close()
