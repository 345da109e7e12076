"""Followers: what goes on beside the main path follows the changes of each user, as a device does.

How far a follower has gone is kept for each user. A process claims a user under a lease and a fence (`jobs.py`), reads
the changes since the mark, works, and moves the mark; rows that were overtaken meanwhile are seen at their last state.
Writes have nothing to do for it: a hint after the commit brings a user to a process within milliseconds, and a look at
all users every two seconds, by one process for each follower and in slices, finds those whose hint was lost. So no
crash forgets anybody, and an outage costs no more than the rows that changed in it.

A user who is deleted is due until that was told.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import asyncpg

from bitworks.core.cursors import Cursor
from bitworks.core.ids import Revision, UserId
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.jobs import Job, Jobs

SQL = queries.load(__name__, "followers")

FIRST = "00000000-0000-0000-0000-000000000000"
"""Before the ids of all users."""
SLICE = 5_000
"""Users that one statement goes through: some 10 ms of PostgreSQL, and no lock of theirs."""
SLICE_PAUSE = 0.01
"""Seconds between two of them."""
LOOK_INTERVAL = 2.0
"""Seconds from one look at all users to the next, of all processes."""
SECOND_LOOK = 0.1
"""Seconds after which a user who was hinted at is looked at once more, if another process was about to be done."""
CLAIMS_AT_ONCE = 4
"""Users who were hinted at that are claimed at once; one by one, hundreds a second would wait for each other."""
DUE_INTERVAL = 0.2
"""Seconds between two claims that ask who is due, while there is nobody: hints come hundreds of times a second."""
BEGINNING = timedelta(seconds=10)
"""For which one process has the beginning of an epoch to itself."""


class LostLease(Exception):
    """Another process goes on with this user, or is to begin again."""


@dataclass(frozen=True, slots=True, eq=False)
class Following(Job):
    """One user with something untold, claimed for one follower, whose name is the job's id."""

    epoch: str
    """The epoch of the mark; empty where nothing was told yet."""
    revision: Revision
    """The revision up to which all is told."""


@dataclass(frozen=True, slots=True)
class DeletedUser:
    """A user who was deleted, and of whom that is still to be told."""

    revision: Revision
    """The revision that the deletion drew."""
    deleted_at: datetime
    """When it was."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a follower has gone."""

    name: str
    """Its name."""
    epoch: str
    """The epoch that it was told of; empty for none."""
    behind: int
    """The users with something untold."""
    since: datetime | None
    """Since about when the first of them has; None where nobody has, or no message tells it."""
    revisions: int
    """The revisions that these users have drawn since their marks."""


class Followers:
    """Registers followers, and shows how far they are. Every method raises `Unavailable` while the database is away."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def register(self, name: str) -> bool:
        """Registers a follower; false if it was already."""
        return await self.database.fetchrow(SQL["register"], name) is not None

    async def forget(self, name: str) -> bool:
        """Forgets a follower and all its marks; false if there is none of this name."""
        known = await self.database.fetchrow(SQL["forget"], name) is not None
        for statement in ("forget_due", "forget_marks"):
            await self.database.execute(SQL[statement], name)
        return known

    async def epoch_of(self, name: str) -> str | None:
        """The epoch that a follower was told of, empty for none; None if it is not registered."""
        row = await self.database.fetchrow(SQL["epoch_of"], name)
        return None if row is None else str(row["epoch"])

    async def begin_epoch(self, name: str, epoch: str) -> bool:
        """Has this process alone begin an epoch for a follower, for ten seconds.

        Call `epoch_begun` within them, or `epoch_not_begun`.
        """
        now = await self.database.now()
        row = await self.database.fetchrow(SQL["begin_epoch"], name, epoch, now + BEGINNING, now)
        return row is not None

    async def epoch_begun(self, name: str, epoch: str) -> None:
        """Notes that a follower was told of this epoch."""
        await self.database.execute(SQL["epoch_begun"], name, epoch)

    async def epoch_not_begun(self, name: str) -> None:
        """Lets another try to begin it."""
        await self.database.execute(SQL["epoch_not_begun"], name)

    async def look(self, name: str) -> bool:
        """Has this process look at all users now; false if another did within the last two seconds."""
        now = await self.database.now()
        until = now + timedelta(seconds=LOOK_INTERVAL)
        return await self.database.fetchrow(SQL["look"], name, until, now) is not None

    async def note_behind(self, name: str, epoch: str | None) -> bool:
        """Makes due who has something untold, slice by slice; false if nobody has.

        `epoch` is the present one, in which all is told anew; None for a follower that heeds none.
        """
        now = await self.database.now()
        await self.database.execute(SQL["note_deletions"], name, now)
        return await self._through_all("note_behind", name, epoch, now) > 0

    async def mark_as_told(self, name: str, epoch: str) -> None:
        """Takes all that is there for told: of users without a mark."""
        await self._through_all("mark_as_told", name, epoch)

    async def begin_again(self, name: str, user_id: UserId) -> bool:
        """Has all of a user told anew; false if there is no such user."""
        now = await self.database.now()
        return await self.database.fetchrow(SQL["begin_again"], user_id, name, now) is not None

    async def forget_deleted(self) -> None:
        """Forgets the deleted users that every follower was told of."""
        await self.database.execute(SQL["forget_deleted"])

    async def progress(self) -> list[Progress]:
        """All followers, in the order of their names."""
        return [Progress(*row) for row in await self.database.fetch(SQL["progress"])]

    async def _through_all(self, statement: str, name: str, epoch: str | None, *more: object) -> int:
        """Goes through all users; gives how many the statement has noted."""
        after, noted = FIRST, 0
        while (
            row := await self.database.fetchrow(SQL[statement], name, epoch, after, SLICE, *more)
        ) is not None:
            after = str(row["user_id"])
            noted += row["noted"]
            await asyncio.sleep(SLICE_PAUSE)
        return noted


class FollowerJobs(Jobs[Following]):
    """The users with something untold for one follower, as jobs of `LeasedWork`: those hinted at first."""

    def __init__(self, database: Database, name: str) -> None:
        super().__init__(database, SQL, Following, due_takes=(name,))
        self.name = name
        # In the order of their hints. `_again`: those to be looked at once more, and from when on, by the loop's clock.
        self._hinted: dict[UserId, None] = {}
        self._again: dict[UserId, float] = {}
        # Those that this process goes on with. They may be hinted at meanwhile, and wait for the end of that.
        self._under_way: set[UserId] = set()
        # When to ask next who is due, by the loop's clock.
        self._ask_at = 0.0

    def hint(self, user_ids: Iterable[UserId]) -> None:
        """Has the next claims look at these users first."""
        self._hinted.update(dict.fromkeys(user_ids))

    @contextmanager
    def under_way(self, user_id: UserId) -> Iterator[None]:
        """While the block goes on with this user, hints at them wait."""
        self._under_way.add(user_id)
        try:
            yield
        finally:
            self._under_way.discard(user_id)

    def note_due(self) -> None:
        """Has the next claim ask who is due."""
        self._ask_at = 0.0

    async def claim(self, worker: str, most: int, lease: float) -> AsyncIterator[Following]:
        """As for all jobs; users who were hinted at come before those that are due, who are asked for now and then.

        Cancelling it may leave CLAIMS_AT_ONCE of them claimed, until their leases expire.
        """
        hinted = self._next(most)
        for start in range(0, len(hinted), CLAIMS_AT_ONCE):
            claims = [
                self._claim_hinted(one, worker, lease) for one in hinted[start : start + CLAIMS_AT_ONCE]
            ]
            for row in await asyncio.gather(*claims):
                if row is not None:
                    self._again.pop(row["user_id"], None)
                    most -= 1
                    yield Following(*row)
        now = asyncio.get_running_loop().time()
        if now < self._ask_at:
            return
        self._ask_at = now + DUE_INTERVAL
        async for job in super().claim(worker, most, lease):
            self.note_due()  # there may be more
            yield job

    async def _claim_hinted(self, user_id: UserId, worker: str, lease: float) -> asyncpg.Record | None:
        return await self.database.fetchrow(SQL["claim_hinted"], user_id, self.name, worker, lease)

    def _next(self, most: int) -> list[UserId]:
        """At most so many users to look at. Each is looked at twice: another process may have been about to be done."""
        now = asyncio.get_running_loop().time()
        late = [user_id for user_id, at in self._again.items() if at <= now][:most]
        for user_id in late:
            del self._again[user_id]
        free = (user_id for user_id in self._hinted if user_id not in self._under_way)
        hinted = list(islice(free, most - len(late)))
        for user_id in hinted:
            del self._hinted[user_id]
            self._again[user_id] = now + SECOND_LOOK
        return [*late, *hinted]

    async def settle(self, following: Following, mark: Cursor) -> bool:
        """Moves the mark; true if nothing is untold, so that the job is over. Raises `LostLease`."""
        row = await self._run("settle", following, mark.epoch, mark.revision)
        if row is None:
            raise LostLease
        return bool(row["told_all"])

    async def deleted(self, user_id: UserId) -> DeletedUser | None:
        """What is known of a user who was deleted; None if nothing is."""
        row = await self.database.fetchrow(SQL["deleted"], user_id)
        return None if row is None else DeletedUser(*row)

    async def end(self, following: Following) -> None:
        """Ends the following of a user who was deleted. Raises `LostLease`."""
        if await self._run("end", following) is None:
            raise LostLease
