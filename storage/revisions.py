"""The counter of each user: every write of the user locks it first, and draws its revisions from it.

So the order of one user's commits is the order of their revisions, and users never wait for each other.
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
OUTCOME_TIMEOUT = 5.0
"""Seconds for which the outcome of a commit is looked up whose result was lost."""
OUTCOME_INTERVAL = 0.1
"""Seconds between two look-ups."""
RecordT = TypeVar("RecordT", bound=Record)


@dataclass(slots=True)
class Transaction:
    """A write of one user, under the lock of their counter."""

    connection: asyncpg.Connection
    """The connection of the transaction."""
    user_id: UserId
    """The user; $1 of every statement of a kind."""
    now: datetime
    """The time of PostgreSQL's clock when the lock was taken, in whole milliseconds."""
    head: Revision
    """The greatest revision drawn so far, by this write or by those before it."""

    def draw(self) -> Revision:
        """Returns the next revision. It must be carried by exactly one change; a rollback gives it back."""
        self.head = Revision(self.head + 1)
        return self.head

    async def fetchrow(self, statement: str, *arguments: Any) -> asyncpg.Record | None:
        """Returns the first row of a statement, None if there is none."""
        return await self.connection.fetchrow(statement, *arguments)

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """Returns all rows of a statement."""
        rows: list[asyncpg.Record] = await self.connection.fetch(statement, *arguments)
        return rows

    async def execute(self, statement: str, *arguments: Any) -> None:
        """Runs a statement whose result is of no interest."""
        await self.connection.execute(statement, *arguments)

    # Rows of every kind

    async def find(self, kind: Kind[RecordT], id_: str) -> RecordT | None:
        """Returns the record of a row, None if there is none."""
        row = await self.fetchrow(kind.statements["get"], self.user_id, id_)
        return None if row is None else kind.record(*row)

    async def current(self, kind: Kind[RecordT], id_: str, if_revision: int | None = None) -> RecordT:
        """Returns the record of a row. Raises `NotFound`, or `Stale` if it is not at `if_revision`."""
        record = await self.find(kind, id_)
        if record is None:
            raise NotFound
        require_revision(record, if_revision)
        return record

    async def repeated(self, kind: Kind[RecordT], id_: str, fingerprint: bytes) -> RecordT | None:
        """Returns the present record of a row that an earlier call of the same creation made; None if the id is unused.

        Raises `IdConflict` if a creation with another fingerprint made it, `Deleted` if it was deleted.
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
        """Runs a statement of the kind that writes one row, under a revision that was drawn for it; returns the record.

        `arguments` are those from $2 on.
        """
        row = await self.fetchrow(kind.statements[statement], self.user_id, *arguments)
        assert row is not None, "the row was found before, under the same lock"
        return changed(kind.record(*row))

    async def leave_tombstone(
        self,
        kind: Kind[Any],
        id_: str,
        *,
        conversation_id: str | None = None,
        timestamp: datetime | None = None,
    ) -> Change:
        """Inserts the tombstone of a row that this transaction has deleted, under the next revision.

        `conversation_id` and `timestamp` are kept for the kinds whose tombstones have them.
        """
        revision = self.draw()
        kept = {"id": id_, "conversation_id": conversation_id, "timestamp": timestamp, "revision": revision}
        await self.execute(
            SQL["leave_tombstone"], self.user_id, revision, kind.name, id_, conversation_id, timestamp
        )
        return change_of(kind.tombstone_of(kept))

    async def has_tombstone(self, kind: Kind[Any], id_: str) -> bool:
        """Returns whether a row of this id was deleted."""
        return await self.fetchrow(SQL["has_tombstone"], self.user_id, kind.name, id_) is not None

    async def require_tombstone(self, kind: Kind[Any], id_: str) -> None:
        """Raises `NotFound` unless a row of this id was deleted: for a deletion that finds no row."""
        if not await self.has_tombstone(kind, id_):
            raise NotFound


def require_revision(record: Record, if_revision: int | None) -> None:
    """Raises `Stale` if the record is not at this revision; None: any will do."""
    if if_revision is not None and if_revision != record.revision:
        raise Stale(record)


@dataclass(frozen=True, slots=True)
class UserHead:
    """The counters of a user, by which an instance notices what it was not notified of."""

    user_id: UserId
    """The user."""
    revision: Revision
    """The revision of the last change."""
    sessions_ended: int
    """How many sessions of the user have ended so far."""


@dataclass(frozen=True, slots=True)
class Revisions:
    """The counters of all users. Every method raises `Unavailable` while the database is away."""

    database: Database
    """The database."""
    # Within this instance the writers of one user wait here, so that each does not hold a connection meanwhile.
    _locks: "WeakValueDictionary[UserId, asyncio.Lock]" = field(default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def writing(self, user_id: UserId) -> AsyncIterator[Transaction]:
        """Opens a transaction under the lock of the user's counter; it commits when the block ends.

        The transactions of one user run one after the other. If the block raises or is cancelled, nothing is
        written. Raises `Unauthorized` if the account is gone, `Unavailable` if the transaction is not committed, or
        (in doubt) if that could not be found out.
        """
        # The entry lives as long as some writer holds or awaits its lock.
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
            # Only the result of the commit was lost if it committed: for the caller that is a success.
            if not (error.in_doubt and await self._committed(xact)):
                raise

    async def _committed(self, xact: str) -> bool:
        """Returns whether a transaction committed whose result was lost; False also if that cannot be found out
        within OUTCOME_TIMEOUT: then the client has to repeat its request, with the same ids.
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
        """Returns the counters of these users, in no order, without those whose account is gone."""
        rows = await self.database.fetch(SQL["heads"], list(user_ids))
        return [UserHead(*row) for row in rows]

    async def epoch(self) -> str:
        """Returns the epoch of the database, up to 32 hex digits.

        A restored backup or a promoted standby begins another one, when it is seen for the first time.
        """
        row = await self.database.fetchrow(SQL["epoch"])
        assert row is not None
        if not row["current"]:
            # Another instance may do the same at once: the statement changes the epoch for the first of them only.
            await self.database.fetch(SQL["follow_history"])
            row = await self.database.fetchrow(SQL["epoch"])
            assert row is not None
        return str(row["id"])

    async def new_epoch(self) -> str:
        """Begins another epoch and returns it: every cursor given so far is refused from then on.

        For a history that went back without a trace, such as that of a copied data directory.
        """
        row = await self.database.fetchrow(SQL["new_epoch"])
        assert row is not None
        return str(row["id"])
