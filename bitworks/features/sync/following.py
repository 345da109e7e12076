"""Following the changes of users, for what happens beside the main path: one worker loop for every follower."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import structlog

from bitworks.core.changes import Change
from bitworks.core.cursors import Cursor
from bitworks.core.errors import Unauthorized, Unavailable
from bitworks.core.ids import Revision, UserId
from bitworks.fanout import Fanout
from bitworks.fanout.notices import FOLLOWERS, Committed, Notice
from bitworks.features.sync.known_changes import KnownChanges
from bitworks.features.sync.store import ChangeStore
from bitworks.storage.follower_jobs import (
    MARK_INTERVAL,
    DeletedUser,
    FollowerJobs,
    Following,
    LostLease,
)
from bitworks.storage.followers import LOOK_INTERVAL, Followers
from bitworks.storage.jobs import LeasedWork, Slot, WorkTimings
from bitworks.tasks import Tasks

log = structlog.get_logger(__name__)

PAGE = 200
"""Changes that are taken at once, at most."""
TIMINGS = WorkTimings(lease=2.0, renewal=0.5, poll=1.0)
"""A follower that was killed is missed for two seconds, and found by the next look."""
LOOKS_IN_INTERVAL = 4
"""How often a process asks in each interval whether it is its turn to look at all users."""


class FollowerAway(Exception):
    """A follower cannot take anything now, and has said so itself."""


class OtherEpoch(FollowerAway):
    """The database has begun another epoch than the follower was told of."""


class Follower(Protocol):
    """Takes the changes of users. Whatever it raises leaves the user to another try, with all from the mark on.

    So what it takes may come again: after a failure, and after the lease of its process was lost. `FollowerAway` is not
    logged.
    """

    @property
    def epoch(self) -> str:
        """The epoch that it was told of; what belongs to another is not given to it."""

    async def begin(self, user_id: UserId) -> None:
        """Begins with a user, of whom it was given nothing in this epoch."""

    async def take(self, user_id: UserId, changes: Sequence[Change]) -> None:
        """Takes the next changes of a user, in the order of revisions. Rows that were overtaken are left out.

        They are of the epoch that it has when it is called, also if it is told of another before it is done.
        """

    async def end(self, user_id: UserId, deleted: DeletedUser) -> None:
        """Ends with a user, who was deleted."""

    def retry_after(self, tries: int) -> float:
        """Seconds until another try, after so many that failed."""


class FollowerHandler:
    """Gives one follower what it is due, one user at a time."""

    def __init__(self, jobs: FollowerJobs, changes: ChangeStore, follower: Follower) -> None:
        self._jobs = jobs
        self._changes = changes
        self._follower = follower
        self._known = KnownChanges()

    def note(self, changes: Iterable[tuple[UserId, Change]]) -> None:
        """Notes what was just committed in this process, of users whom it goes on with: they need not be read."""
        for user_id, change in changes:
            if self._jobs.has(user_id):
                self._known.note(user_id, change)

    async def work(self, following: Following, slot: Slot) -> None:
        """Goes through the changes of the user until nothing is untold. Cancelling it gives the lease back."""
        try:
            if not await self._follow(following):
                after = self._follower.retry_after(following.tries)
                await self._jobs.release(following, after=after, tries=following.tries + 1)
        except (LostLease, Unavailable):
            pass  # it is another process's by now, or will be once the lease has expired
        except asyncio.CancelledError:
            if slot.must_release:
                with suppress(Unavailable):
                    await self._jobs.release(following)
            raise
        finally:
            self._jobs.over(following)
        slot.settle()

    async def _follow(self, following: Following) -> bool:
        """Whether all is told; false if the follower can take nothing now."""
        try:
            await self._catch_up(following)
        except FollowerAway:
            return False
        except (LostLease, Unavailable):
            raise
        except Exception:
            log.exception("follower_failed", follower=following.id, user_id=following.user_id)
            return False
        return True

    @property
    def epoch(self) -> str:
        """The epoch that the follower was told of."""
        return self._follower.epoch

    async def renewed(self, following: Following) -> None:
        """Nothing else has a lease."""

    async def _catch_up(self, following: Following) -> None:
        mark = Cursor(following.epoch or None, following.revision)
        try:
            more = True
            while more:
                mark, more = await self._take_page(following.user_id, mark)
                self._jobs.move(following, mark, told_all=not more)
        except Unauthorized:
            await self._end(following)

    async def _take_page(self, user_id: UserId, mark: Cursor) -> tuple[Cursor, bool]:
        """Gives the follower the changes behind the mark; the next mark, and whether there are more behind it.

        Raises `OtherEpoch`.
        """
        known = self._known.after(user_id, mark.revision)
        if known and mark.epoch == self._follower.epoch:
            await self._follower.take(user_id, known)
            revision = known[-1].revision
            return Cursor(mark.epoch, revision), self._jobs.is_hinted(user_id, above=revision)
        page = await self._changes.since(user_id, mark.revision, PAGE)
        self._require_epoch(page.cursor)
        if page.cursor.epoch != mark.epoch:
            await self._follower.begin(user_id)
            # With what was deleted: who is told again, or heard a part of this before, holds it.
            page = await self._changes.since(user_id, Revision(0), PAGE)
            self._require_epoch(page.cursor)  # another may have begun meanwhile
        if page.rows:
            await self._follower.take(user_id, page.rows)
        return page.cursor, page.more

    def _require_epoch(self, cursor: Cursor) -> None:
        if cursor.epoch != self._follower.epoch:
            raise OtherEpoch

    async def _end(self, following: Following) -> None:
        deleted = await self._jobs.deleted(following.user_id)
        if deleted is not None:
            await self._follower.end(following.user_id, deleted)
        await self._jobs.end(following)


class FollowerWorker:
    """The worker of one follower in one process; `slots` is how many users it goes on with at once."""

    def __init__(
        self,
        followers: Followers,
        jobs: FollowerJobs,
        handler: FollowerHandler,
        fanout: Fanout,
        name: str,
        slots: int,
    ) -> None:
        self._followers = followers
        self._jobs = jobs
        self._handler = handler
        self._fanout = fanout
        self._work = LeasedWork(jobs, handler, name, slots, TIMINGS)
        self._looking = Tasks("followers")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works until the block ends, then gives its leases back. It may be entered again after that."""
        self._fanout.subscribe(FOLLOWERS, self)
        try:
            async with self._work.running():
                self._looking.start(self._look_forever(), "look")
                self._looking.start(self._write_marks_forever(), "marks")
                yield
        finally:
            self._fanout.unsubscribe(FOLLOWERS, self)
            await self._looking.stop()
            with suppress(Unavailable):
                await self._jobs.let_go()

    def on_notice(self, user_id: UserId, notice: Notice) -> None:
        """Looks at users of whom something was just committed."""
        if isinstance(notice, Committed):
            self._handler.note(notice.changes)
            self._jobs.hint(notice.revisions)
            self._work.wake()

    def on_subscribed(self, user_id: UserId) -> None:
        """Looks at all users: the hints before this were missed."""
        self._looking.start(self._look(), "look")

    async def _look_forever(self) -> None:
        """Finds those whose hint was lost: at once, since nobody was there to hear it; then in turn with others."""
        is_first = True
        while True:
            if is_first or await self._is_in_turn():
                is_first = not await self._look()
            await asyncio.sleep(LOOK_INTERVAL / LOOKS_IN_INTERVAL)

    async def _write_marks_forever(self) -> None:
        while True:
            await asyncio.sleep(MARK_INTERVAL)
            with suppress(Unavailable):
                await self._jobs.write_marks()

    async def _is_in_turn(self) -> bool:
        try:
            return await self._followers.look(self._jobs.name)
        except Unavailable:
            return False

    async def _look(self) -> bool:
        """Finds who is behind; whether it could."""
        try:
            if await self._followers.note_behind(self._jobs.name, self._handler.epoch):
                self._jobs.note_due()
                self._work.wake()
            await self._followers.forget_deleted()
        except Unavailable:
            return False
        except Exception:
            log.exception("look_failed", follower=self._jobs.name)  # the next one may do
            return False
        return True
