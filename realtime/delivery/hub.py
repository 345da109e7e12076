"""The users that this instance hosts, each with a feed; and the reconciliation that compares them with PostgreSQL.

Notices are only hints: after the last lost one comes no other that would reveal the gap, and a process can die between
commit and publish. So every second the heads of all hosted users are compared with PostgreSQL, in slices; and at once
that of a user whose subscription has just begun, or begun again. The same row tells how many sessions have ended.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable

import structlog

from bitworks.core.errors import DomainError
from bitworks.core.ids import MessageId, Revision, SessionId, UserId
from bitworks.fanout import Fanout
from bitworks.fanout.notices import Changed, Grown, Notice, SessionsEnded, Signalled
from bitworks.features.accounts.store.sessions import SessionStore
from bitworks.features.streaming.store import StreamStore
from bitworks.features.sync.publishing import Epoch
from bitworks.features.sync.store import ChangeStore
from bitworks.realtime.delivery.device import Device
from bitworks.realtime.delivery.feed import Feed
from bitworks.realtime.delivery.limits import DeliveryLimits
from bitworks.storage.revisions import Revisions, UserHead

log = structlog.get_logger(__name__)


class Hub:
    """Opens, feeds and closes the feeds of hosted users.

    `disconnect` is called for each device whose session ended or whose account is gone; it must not block.
    """

    def __init__(
        self,
        changes: ChangeStore,
        streams: StreamStore,
        sessions: SessionStore,
        revisions: Revisions,
        fanout: Fanout,
        epoch: Epoch,
        limits: DeliveryLimits,
        disconnect: Callable[[Device], None],
    ) -> None:
        self._changes = changes
        self._streams = streams
        self._sessions = sessions
        self._revisions = revisions
        self._fanout = fanout
        self._epoch = epoch
        self._limits = limits
        self._disconnect = disconnect
        self._feeds: dict[UserId, Feed] = {}
        self._device_counts: dict[UserId, int] = {}
        self._due: set[UserId] = set()
        self._due_event = asyncio.Event()

    # Devices come and go

    def open(self, user_id: UserId) -> Feed:
        """The user's feed, subscribed from now on. Each call must be paired with one of `release` or `leave`."""
        self._device_counts[user_id] = self._device_counts.get(user_id, 0) + 1
        feed = self._feeds.get(user_id)
        if feed is None:
            feed = self._feeds[user_id] = Feed(self._changes, self._streams, self._limits, user_id)
            self._fanout.subscribe(user_id, self)
        return feed

    def join(self, device: Device) -> None:
        """Begins to send to a device whose feed is open and has begun."""
        self._feeds[device.caller.user_id].join(device)

    def leave(self, device: Device) -> None:
        """Stops sending to a device, and releases its feed."""
        self._feeds[device.caller.user_id].leave(device.sid)
        self.release(device.caller.user_id)

    def release(self, user_id: UserId) -> None:
        """Undoes one call of `open`. After the last the feed is closed."""
        self._device_counts[user_id] -= 1
        if self._device_counts[user_id] == 0:
            del self._device_counts[user_id]
            self._fanout.unsubscribe(user_id, self)
            self._feeds.pop(user_id).close()

    def unread(self, user_id: UserId) -> int:
        """Bytes that were sent to the user's devices here, and that these have not read."""
        feed = self._feeds.get(user_id)
        return 0 if feed is None else sum(device.connection.buffered for device in feed.devices.values())

    # Notices of the fan-out

    def on_notice(self, user_id: UserId, notice: Notice) -> None:
        """Hands a notice to the user's feed; none for a user who is not hosted any more."""
        feed = self._feeds.get(user_id)
        if feed is None:
            return
        match notice:
            case Changed():
                feed.changed(notice)
            case Signalled():
                feed.signalled(notice)
            case Grown():
                feed.text_feed.grown(notice)
            case SessionsEnded():
                self._reconcile_soon(user_id)

    def on_subscribed(self, user_id: UserId) -> None:
        """Compares the user at once: notices before the subscription were missed."""
        self._reconcile_soon(user_id)

    def _reconcile_soon(self, user_id: UserId) -> None:
        self._due.add(user_id)
        self._due_event.set()

    # Reconciliation

    async def run(self) -> None:
        """Reconciles until cancelled."""
        next_round = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(next_round - time.monotonic(), 0)):
                    await self._due_event.wait()
            users = tuple(self._due)
            if time.monotonic() >= next_round:
                users = tuple(self._feeds)
                next_round = time.monotonic() + self._limits.reconcile_interval
            self._due.clear()
            self._due_event.clear()
            await self._reconcile(users)

    async def _reconcile(self, users: Iterable[UserId]) -> None:
        try:
            await self._check_epoch()
            for some in self._slices(list(users)):
                before = {user_id: feed.head for user_id in some if (feed := self._feeds.get(user_id))}
                heads = {one.user_id: one for one in await self._revisions.heads(some)}
                for user_id in some:
                    await self._compare(user_id, heads.get(user_id), before.get(user_id, Revision(0)))
                await self._compare_texts(some)
        except DomainError:
            return  # PostgreSQL is away: the next round compares again
        except Exception:
            log.exception("reconciliation_failed")

    async def _compare(self, user_id: UserId, heads: UserHead | None, before: Revision) -> None:
        feed = self._feeds.get(user_id)
        if feed is None:
            return
        if heads is None:
            self._disconnect_all(list(feed.devices.values()))
            return
        if heads.revision < before:
            log.warning("history_went_back")
            feed.start_again("history went back")
            return
        feed.note_revision(heads.revision)
        if feed.sessions_ended != heads.sessions_ended:
            # Noted before the devices are read: a device that joins meanwhile lowers it again.
            feed.sessions_ended = heads.sessions_ended
            await self._disconnect_ended(feed)

    async def _compare_texts(self, users: Iterable[UserId]) -> None:
        """Compares the text lengths of the users who have streaming messages."""
        watched = {
            user_id: open_
            for user_id in users
            if (feed := self._feeds.get(user_id)) and (open_ := feed.text_feed.watched) is not None
        }
        if not watched:
            return
        lengths: dict[UserId, dict[MessageId, int]] = {user_id: {} for user_id in watched}
        for (user_id, id_), length in (await self._streams.lengths(list(watched))).items():
            lengths[user_id][id_] = length
        for user_id, open_ in watched.items():
            if (feed := self._feeds.get(user_id)) is not None:
                feed.text_feed.compare(open_, lengths[user_id])

    async def _disconnect_ended(self, feed: Feed) -> None:
        ids: list[SessionId] = list({device.caller.session_id for device in feed.devices.values()})
        ended = await self._sessions.ended_among(feed.user_id, ids) if ids else set()
        self._disconnect_all([d for d in feed.devices.values() if d.caller.session_id in ended])

    def _disconnect_all(self, devices: list[Device]) -> None:
        for device in devices:
            self._disconnect(device)

    async def _check_epoch(self) -> None:
        epoch = await self._revisions.epoch()
        if epoch == self._epoch.id:
            return
        log.warning("epoch_changed")
        self._epoch.id = epoch
        # The cursors held here are of another history: the clients reconnect, and are told to reset.
        for feed in tuple(self._feeds.values()):
            feed.start_again("another epoch")

    def _slices(self, users: list[UserId]) -> list[list[UserId]]:
        size = self._limits.reconcile_slice
        return [users[start : start + size] for start in range(0, len(users), size)]
