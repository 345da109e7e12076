"""The users with something untold for one follower, as jobs of `LeasedWork`.

Of what is told of each second only reading it needs a statement of its own. Who was told all is kept: for a second the
next hint needs no claim. The marks of all users who have come further are written together, some times a second; what a
crash takes away of them is told again. What one process is at, every process is hinted at; so one that fails to claim a
user leaves that user to the other for a while.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import TypeVar

from bitworks.core.cursors import Cursor
from bitworks.core.ids import Revision, UserId
from bitworks.storage.database import Database
from bitworks.storage.followers import SQL
from bitworks.storage.jobs import Job, Jobs

KEPT = 1.0
"""Seconds for which a process keeps a user who was told all."""
MARK_INTERVAL = 0.2
"""Seconds from one writing of marks to the next."""
MARKS_AT_ONCE = 500
"""Marks that one statement writes: some 10 ms of PostgreSQL."""
MARK_LEASE = 2.0
"""Seconds that a lease goes on from then: who is kept has time enough to begin with the next change and renew it."""
MOST_WAITING = 64
"""Users who wait to be claimed here, above which nobody is kept: other processes may have time."""
LEFT_TO_OTHERS = 1.0
"""Seconds for which a user whom another process had is left to it, whatever is hinted."""
CLAIMS_AT_ONCE = 4
"""Users who were hinted at that are claimed at once; one by one, hundreds a second would wait for each other."""
DUE_INTERVAL = 0.2
"""Seconds between two claims that ask who is due, while there is nobody: hints come hundreds of times a second."""


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


class FollowerJobs(Jobs[Following]):
    """Gives the users who were hinted at first, then those that are due."""

    def __init__(self, database: Database, name: str) -> None:
        super().__init__(database, SQL, Following, due_takes=(name,))
        self.name = name
        # The revisions that hints told of, in the order of the hints.
        self._hinted: dict[UserId, Revision] = {}
        # Those that this process goes on with. They may be hinted at meanwhile, and wait for the end of that.
        self._under_way: set[UserId] = set()
        # Those that it keeps: until when, by the loop's clock, which is in order.
        self._kept: dict[UserId, tuple[float, Following]] = {}
        # Those that it leaves to others: until when, in the same way, and the revision that hints told of meanwhile.
        self._left: dict[UserId, tuple[float, Revision]] = {}
        # The marks that are not written yet, and whether their leases go on.
        self._moved: dict[UserId, tuple[Following, bool]] = {}
        self._writing = asyncio.Lock()
        # When to ask next who is due, by the loop's clock.
        self._ask_at = 0.0

    def hint(self, revisions: Mapping[UserId, Revision]) -> None:
        """Has the next claims look at these users first, who have drawn these revisions."""
        for user_id, revision in revisions.items():
            if user_id in self._left:  # not among the others, through whom each claim goes
                self._left[user_id] = self._left[user_id][0], revision
            elif user_id not in self._kept or self._kept[user_id][1].revision < revision:
                self._hinted[user_id] = max(revision, self._hinted.get(user_id, revision))

    def has(self, user_id: UserId) -> bool:
        """Whether this process goes on with the user, or keeps the user."""
        return user_id in self._under_way or user_id in self._kept

    def is_hinted(self, user_id: UserId, *, above: Revision) -> bool:
        """Whether a hint told of a later revision, which no claim has looked at."""
        return self._hinted.get(user_id, above) > above

    def over(self, following: Following) -> None:
        """Lets the next claims look at this user again. Call it at the end of each that was claimed."""
        self._under_way.discard(following.user_id)

    def note_due(self) -> None:
        """Has the next claim ask who is due."""
        self._ask_at = 0.0

    async def claim(self, worker: str, most: int, lease: float) -> AsyncIterator[Following]:
        """As for all jobs; users who were hinted at come before those that are due, who are asked for now and then.

        Hints at a user wait until `over`. Cancelling it may leave CLAIMS_AT_ONCE of them claimed, until their leases
        expire.
        """
        async for following in self._claim(worker, most, lease):
            # Before its task begins: a hint that came during the claim would claim it again.
            self._under_way.add(following.user_id)
            yield following

    async def _claim(self, worker: str, most: int, lease: float) -> AsyncIterator[Following]:
        unknown = []
        for user_id in self._next(most):
            if (kept := self._kept.pop(user_id, None)) is None:
                unknown.append(user_id)
            else:
                most -= 1
                yield kept[1]
        for start in range(0, len(unknown), CLAIMS_AT_ONCE):
            some = unknown[start : start + CLAIMS_AT_ONCE]
            for claimed in await asyncio.gather(*(self._claim_hinted(one, worker, lease) for one in some)):
                if claimed is not None:
                    most -= 1
                    yield claimed
        now = _now()
        if now < self._ask_at:
            return
        self._ask_at = now + DUE_INTERVAL
        async for job in super().claim(worker, most, lease):
            self.note_due()  # there may be more
            yield job

    async def _claim_hinted(self, user_id: UserId, worker: str, lease: float) -> Following | None:
        row = await self.database.fetchrow(SQL["claim_hinted"], user_id, self.name, worker, lease)
        if row is None:
            self._left.setdefault(user_id, (_now() + LEFT_TO_OTHERS, Revision(0)))
            return None
        return Following(*row)

    def _next(self, most: int) -> list[UserId]:
        """At most so many users who were hinted at, are free, and not left to others."""
        _take_past(self._kept)
        self.hint({user_id: revision for user_id, revision in _take_past(self._left) if revision})
        found = list(islice(filter(self._is_free, self._hinted), most))
        for user_id in found:
            del self._hinted[user_id]
        return found

    def _is_free(self, user_id: UserId) -> bool:
        """Whether a claim may look at the user. It reads the mark, unless the user is kept: that has to be written."""
        if user_id in self._under_way:
            return False
        return user_id in self._kept or user_id not in self._moved

    def move(self, following: Following, mark: Cursor, *, told_all: bool) -> None:
        """Notes how far the follower has gone with a user, whom this process keeps if it has told all.

        `write_marks` writes it.
        """
        moved = replace(following, tries=0, epoch=mark.epoch or "", revision=mark.revision)
        goes_on = not told_all or not self._is_behind()
        self._moved[moved.user_id] = moved, goes_on
        if told_all and self._hinted.get(moved.user_id, 0) <= moved.revision:
            self._hinted.pop(moved.user_id, None)
        if told_all and goes_on:
            self._kept.pop(moved.user_id, None)
            self._kept[moved.user_id] = _now() + KEPT, moved

    def _is_behind(self) -> bool:
        return len(self._hinted) - len(self._under_way) > MOST_WAITING

    async def write_marks(self) -> None:
        """Writes the marks that have moved; leases go on, but of those that are neither under way nor kept.

        Raises `Unavailable`; call it again then.
        """
        async with self._writing:
            moved = list(self._moved.values())  # what moves meanwhile has the next turn
            for start in range(0, len(moved), MARKS_AT_ONCE):
                await self._write(moved[start : start + MARKS_AT_ONCE])

    async def _write(self, marks: list[tuple[Following, bool]]) -> None:
        rows = [(one.user_id, one.fence, one.epoch, one.revision, goes_on) for one, goes_on in marks]
        columns = map(list, zip(*rows, strict=True))
        until = await self.database.now() + timedelta(seconds=MARK_LEASE)
        settled = await self.database.fetch(SQL["settle"], self.name, *columns, until)
        held = {row["user_id"] for row in settled}
        for moved in marks:
            mark, _ = moved
            if self._moved.get(mark.user_id) is moved:
                del self._moved[mark.user_id]
            if mark.user_id not in held:  # another process goes on with this user, or is to begin again
                self._kept.pop(mark.user_id, None)

    async def release(self, job: Following, *, after: float = 0.0, tries: int | None = None) -> None:
        """Ends the lease: the user is due again `after` seconds from now, from the mark on that was reached."""
        async with self._writing:
            if (mark := self._moved.get(job.user_id)) is not None:
                await self._write([mark])
            await super().release(job, after=after, tries=tries)

    async def let_go(self) -> None:
        """Writes the marks, gives the leases of those that are kept back, and forgets all hints.

        Nothing may be under way. Raises `Unavailable`; then what was not written is told again, and leases expire.
        """
        self._hinted.clear()
        self._left.clear()
        self._under_way.clear()  # a task that is cancelled before it begins does not say that it is over
        self._moved |= {user_id: (following, False) for user_id, (_, following) in self._kept.items()}
        try:
            await self.write_marks()
        finally:
            self._kept.clear()
            self._moved.clear()

    async def deleted(self, user_id: UserId) -> DeletedUser | None:
        """What is known of a user who was deleted; None if nothing is."""
        row = await self.database.fetchrow(SQL["deleted"], user_id)
        return None if row is None else DeletedUser(*row)

    async def end(self, following: Following) -> None:
        """Ends the following of a user who was deleted. Raises `LostLease`."""
        self._moved.pop(following.user_id, None)
        if await self._run("end", following) is None:
            raise LostLease


_Value = TypeVar("_Value")


def _take_past(by_user: dict[UserId, tuple[float, _Value]]) -> list[tuple[UserId, _Value]]:
    """Takes out those whose time is over, who are the first."""
    now = _now()
    past = list(takewhile(lambda user_id: by_user[user_id][0] <= now, by_user))
    return [(user_id, by_user.pop(user_id)[1]) for user_id in past]


def _now() -> float:
    return asyncio.get_running_loop().time()
