"""The per-user counter: every write of a user locks it first, and draws its revisions from it.

So for one user the order of commits is the order of revisions, and users never wait for each other.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import asyncpg

from bitworks.core.changes import Change, Written, change_of, changed
from bitworks.core.errors import Deleted, IdConflict, NotFound, Stale, Unauthorized, Unavailable
from bitworks.core.ids import Revision, UserId
from bitworks.core.records import Record
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.kinds import Kind

SQL = queries.load(__name__, "revisions")
# OUTCOME_TIMEOUT: seconds for which a commit whose answer was lost is asked after.
OUTCOME_TIMEOUT = 5.0
# OUTCOME_INTERVAL: seconds between two such questions.
OUTCOME_INTERVAL = 0.1
RecordT = TypeVar("RecordT", bound=Record)


@dataclass(slots=True)
class Transaction:
    """A write of one user, under the lock of their counter. `now` is PostgreSQL's clock, in milliseconds.

    `head` is the greatest revision drawn so far, by this write or by those before it.
    """

    connection: asyncpg.Connection
    user_id: UserId
    now: datetime
    head: Revision

    def draw(self) -> Revision:
        """The next revision. It is used up only if the transaction commits."""
        self.head = Revision(self.head + 1)
        return self.head

    async def fetchrow(self, statement: str, *arguments: Any) -> asyncpg.Record | None:
        """The first row of a statement."""
        return await self.connection.fetchrow(statement, *arguments)

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """All rows of a statement."""
        rows: list[asyncpg.Record] = await self.connection.fetch(statement, *arguments)
        return rows

    async def execute(self, statement: str, *arguments: Any) -> None:
        """Runs a statement for what it does."""
        await self.connection.execute(statement, *arguments)

    # What all kinds of rows do

    async def find(self, kind: Kind[RecordT], id_: str) -> RecordT | None:
        """The row as it is, None if there is none."""
        row = await self.fetchrow(kind.statements["get"], self.user_id, id_)
        return None if row is None else kind.record(*row)

    async def current(self, kind: Kind[RecordT], id_: str, if_revision: int | None = None) -> RecordT:
        """The row as it is. Raises `NotFound`, or `Stale` if it is not at `if_revision`."""
        record = await self.find(kind, id_)
        if record is None:
            raise NotFound
        require_revision(record, if_revision)
        return record

    async def repeated(self, kind: Kind[RecordT], id_: str, fingerprint: bytes) -> RecordT | None:
        """The row that an earlier call of this very creation made, None if the id is a new one.

        Raises `IdConflict` if another creation made it, `Deleted` if it is gone.
        """
        known = await self.fetchrow(kind.statements["existing"], self.user_id, id_)
        if known is None:
            if await self.has_tombstone(kind, id_):
                raise Deleted
            return None
        if known["fingerprint"] != fingerprint:
            raise IdConflict
        return await self.current(kind, id_)

    async def put(self, kind: Kind[RecordT], statement: str, *arguments: Any) -> Written[RecordT]:
        """The record that a statement of the kind wrote, under a revision that was drawn for it."""
        row = await self.fetchrow(kind.statements[statement], self.user_id, *arguments)
        assert row is not None, "what is written was found before, under the same lock"
        return changed(kind.record(*row))

    async def leave_tombstone(
        self,
        kind: Kind[Any],
        id_: str,
        *,
        conversation_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> Change:
        """Leaves the tombstone of a row that this transaction has deleted."""
        revision = self.draw()
        kept = {"id": id_, "conversation_id": conversation_id, "timestamp": timestamp, "revision": revision}
        await self.execute(
            SQL["leave_tombstone"], self.user_id, revision, kind.name, id_, conversation_id, timestamp
        )
        return change_of(kind.tombstone_of(kept))

    async def has_tombstone(self, kind: Kind[Any], id_: str) -> bool:
        """Whether there was a row of this id."""
        return await self.fetchrow(SQL["has_tombstone"], self.user_id, kind.name, id_) is not None

    async def require_tombstone(self, kind: Kind[Any], id_: str) -> None:
        """For a deletion that found nothing: raises `NotFound` unless it is only being repeated."""
        if not await self.has_tombstone(kind, id_):
            raise NotFound


def require_revision(record: Record, if_revision: int | None) -> None:
    """Raises `Stale` if the record is not at this revision. None asks for nothing."""
    if if_revision is not None and if_revision != record.revision:
        raise Stale(record)


@dataclass(frozen=True, slots=True)
class UserHead:
    """What an instance must know of a hosted user: how far their changes go, how often sessions ended."""

    user_id: UserId
    revision: Revision
    sessions_ended: int


@dataclass(frozen=True, slots=True)
class Revisions:
    """The counters of all users.

    The locks are of this instance: its own writers of one user wait here, and not each on a connection.
    """

    database: Database
    _locks: "WeakValueDictionary[UserId, asyncio.Lock]" = field(default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def writing(self, user_id: UserId) -> AsyncIterator[Transaction]:
        """A transaction that holds the user's counter. Raises `Unauthorized` if the account is gone."""
        lock = self._locks.setdefault(user_id, asyncio.Lock())
        xact = ""
        try:
            async with lock, self.database.transaction() as connection:
                locked = await connection.fetchrow(SQL["lock"], user_id)
                if locked is None:
                    raise Unauthorized
                xact, head = locked["xact"], Revision(locked["revision"])
                transaction = Transaction(connection, user_id, locked["now"], head)
                yield transaction
                if transaction.head != head:
                    await connection.execute(SQL["advance"], user_id, transaction.head)
        except Unavailable as error:
            if not (error.in_doubt and await self._committed(xact)):
                raise

    async def _committed(self, xact: str) -> bool:
        """Finds out whether a transaction committed whose answer was lost. False also if that cannot be known
        within `OUTCOME_TIMEOUT`: then the caller has to ask, with the same ids.
        """
        deadline = time.monotonic() + OUTCOME_TIMEOUT
        while time.monotonic() < deadline:
            with contextlib.suppress(Unavailable):
                row = await self.database.fetchrow(SQL["outcome"], xact)
                if row is not None and row["outcome"] != "in progress":
                    return bool(row["outcome"] == "committed")
            await asyncio.sleep(OUTCOME_INTERVAL)
        return False

    async def heads(self, user_ids: Sequence[UserId]) -> list[UserHead]:
        """The heads of these users; those whose account is gone are left out."""
        rows = await self.database.fetch(SQL["heads"], list(user_ids))
        return [UserHead(*row) for row in rows]

    async def epoch(self) -> str:
        """The epoch. A restored backup or a promoted standby, seen for the first time, begins another."""
        row = await self.database.fetchrow(SQL["epoch"])
        assert row is not None
        if not row["current"]:
            await self.database.fetch(SQL["follow_history"])
            row = await self.database.fetchrow(SQL["epoch"])
            assert row is not None
        return str(row["id"])

    async def new_epoch(self) -> str:
        """Makes every cursor given so far one of another epoch. For a history that went back
        without the server being able to tell, such as a copied data directory."""
        row = await self.database.fetchrow(SQL["new_epoch"])
        assert row is not None
        return str(row["id"])
