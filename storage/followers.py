"""Followers: what goes on beside the main path follows the changes of each user, as a device does.

How far a follower has gone is kept for each user. A process claims a user under a lease and a fence (`jobs.py`), reads
the changes since the mark, works, and moves the mark; rows that were overtaken meanwhile are seen at their last state.
Writes have nothing to do for it: a hint after the commit brings a user to a process within milliseconds, and a look at
all users every two seconds, by one process for each follower and in slices, finds those whose hint was lost. So no
crash forgets anybody, and an outage costs no more than the rows that changed in it.

A user who is deleted is due until that was told.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from bitworks.core.ids import UserId
from bitworks.storage import queries
from bitworks.storage.database import Database

SQL = queries.load(__name__, "followers")

FIRST = "00000000-0000-0000-0000-000000000000"
"""Before the ids of all users."""
SLICE = 5_000
"""Users that one statement goes through: some 10 ms of PostgreSQL, and no lock of theirs."""
SLICE_PAUSE = 0.01
"""Seconds between two of them."""
LOOK_INTERVAL = 2.0
"""Seconds from one look at all users to the next, of all processes."""
BEGINNING = timedelta(seconds=10)
"""For which one process has the beginning of an epoch to itself."""


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
