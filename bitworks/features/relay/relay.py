"""Tells a broker of every change: the follower behind the events of A1 to A3.

For each user one event is confirmed before the next is sent: a broker that refuses one in between would leave a gap
that no later try could fill, since a consumer drops what is not above what it has. Users do not wait for each other.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from bitworks.amqp.broker import Broker, BrokerAway, MessageRefused, MessageTooLarge
from bitworks.amqp.messages import BrokerMessage
from bitworks.amqp.topology import EVENTS
from bitworks.core.changes import Change
from bitworks.core.clock import Clock
from bitworks.core.errors import Unauthorized, Unavailable
from bitworks.core.ids import UserId
from bitworks.features.relay.cloud_events import MEDIA_TYPE, CloudEvent, Envelope, encoded, routing_key
from bitworks.features.sync.following import FollowerAway, FollowerWorker
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.follower_jobs import DeletedUser
from bitworks.storage.followers import Followers
from bitworks.storage.revisions import Revisions
from bitworks.tasks import Tasks

log = structlog.get_logger(__name__)

SQL = queries.load(__name__, "users")
NAME = "relay"
"""The name of the follower."""
LOOK_INTERVAL = 1.0
"""Seconds between two looks whether the database has begun another epoch."""
RETRY_DELAYS = (0.2, 1.0, 5.0)
"""Seconds until another try with a user, after one, two, … that failed; the last repeats."""


class Relay:
    """Follows the changes of users, and gives each to the broker as an event."""

    def __init__(self, broker: Broker, database: Database, source: str, now: Clock) -> None:
        self._broker = broker
        self._database = database
        self._now = now
        self.envelope = Envelope(source, "")

    @property
    def epoch(self) -> str:
        """The epoch that the broker was told of; empty before the first."""
        return self.envelope.epoch

    def tell_of(self, epoch: str) -> None:
        """Tells of this epoch from now on."""
        self.envelope = Envelope(self.envelope.source, epoch)

    async def begin(self, user_id: UserId) -> None:
        """Tells of the account, in sequence 0. Raises `Unauthorized` if it is gone."""
        row = await self._database.fetchrow(SQL["created_at"], user_id)
        if row is None:
            raise Unauthorized
        await self._send(self.envelope.of_new_user(user_id, row["created_at"]))

    async def take(self, user_id: UserId, changes: Sequence[Change]) -> None:
        """Tells of changes, one after another. Raises `FollowerAway`."""
        envelope = self.envelope  # another epoch may begin before all are sent
        for change in changes:
            try:
                await self._send(envelope.of_change(user_id, change, self._now()))
            except MessageTooLarge:
                await self._send_first(envelope.smaller(user_id, change, self._now()))

    async def end(self, user_id: UserId, deleted: DeletedUser) -> None:
        """Tells that the account and everything of it is gone. Raises `FollowerAway`."""
        await self._send(self.envelope.of_deleted_user(user_id, deleted.revision, deleted.deleted_at))

    async def begin_epoch(self, epoch: str) -> None:
        """Tells that an epoch has begun, before anything of it. Raises `FollowerAway`."""
        await self._send(Envelope(self.envelope.source, epoch).of_epoch(self._now()))

    def retry_after(self, tries: int) -> float:
        """Seconds until another try with a user."""
        return RETRY_DELAYS[min(tries, len(RETRY_DELAYS) - 1)]

    async def _send_first(self, events: Iterable[CloudEvent]) -> None:
        """Sends the first that the broker takes."""
        for event in events:
            with suppress(MessageTooLarge):
                return await self._send(event)
        raise MessageTooLarge

    async def _send(self, event: CloudEvent) -> None:
        message = BrokerMessage(event["id"], encoded(event), MEDIA_TYPE)
        try:
            await self._broker.publish(EVENTS, routing_key(event), message)
        except (BrokerAway, MessageRefused) as error:
            raise FollowerAway from error


class RelayWorker:
    """The relay of one process; any number of them share the work. `from_now` leaves out what is there already."""

    def __init__(
        self,
        relay: Relay,
        broker: Broker,
        worker: FollowerWorker,
        followers: Followers,
        revisions: Revisions,
        *,
        from_now: bool,
    ) -> None:
        self._relay = relay
        self._broker = broker
        self._worker = worker
        self._followers = followers
        self._revisions = revisions
        self._from_now = from_now
        self._knows_epoch = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Relays until the block ends. The broker, and the database, may be away for as long as they like."""
        tasks = Tasks("relay")
        async with self._broker.running():
            tasks.start(self._relay_forever(), "relay")
            try:
                yield
            finally:
                await tasks.stop()

    async def _relay_forever(self) -> None:
        await self._register()
        watching = Tasks("epochs")
        watching.start(self._watch_epochs(), "watch")
        try:
            await self._knows_epoch.wait()
            while True:
                await self._broker.up()
                async with self._worker.running():
                    await self._broker.down()
        finally:
            await watching.stop_stubborn()  # what it publishes may swallow that it is cancelled

    async def _register(self) -> None:
        """Registers the follower, once; what is there becomes due with the beginning of the epoch."""
        while True:
            with suppress(Unavailable):
                if self._from_now and await self._followers.epoch_of(NAME) is None:
                    # Before it is registered: who dies in between does this again.
                    await self._followers.mark_as_told(NAME, await self._revisions.epoch())
                await self._followers.register(NAME)
                return
            await asyncio.sleep(LOOK_INTERVAL)

    async def _watch_epochs(self) -> None:
        """Begins each epoch of the database, or sees that another process has."""
        while True:
            await self._broker.up()
            try:
                await self._look_at_epoch()
            except (Unavailable, FollowerAway):
                pass
            except Exception:
                log.exception("epoch_failed")  # the next look may do
            await asyncio.sleep(LOOK_INTERVAL)

    async def _look_at_epoch(self) -> None:
        epoch = await self._revisions.epoch()
        told = await self._followers.epoch_of(NAME)
        if told is None:
            await self._register()
        elif told == epoch:
            await self._follow(epoch)
        elif await self._followers.begin_epoch(NAME, epoch):
            await self._begin_epoch(epoch)
            await self._follow(epoch)

    async def _begin_epoch(self, epoch: str) -> None:
        try:
            await self._relay.begin_epoch(epoch)
        except FollowerAway:
            await self._followers.epoch_not_begun(NAME)
            raise
        await self._followers.epoch_begun(NAME, epoch)

    async def _follow(self, epoch: str) -> None:
        """Tells of an epoch that has begun, in which all is told anew."""
        if self._relay.epoch != epoch:
            self._relay.tell_of(epoch)
            self._knows_epoch.set()
            await self._followers.note_behind(NAME, epoch)
