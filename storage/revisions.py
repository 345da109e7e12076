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
from typing import Any, Generic, Literal, TypeVar
from weakref import WeakValueDictionary

import asyncpg

from bitworks.core.changes import Change
from bitworks.core.errors import Deleted, IdConflict, Unauthorized, Unavailable
from bitworks.core.ids import Revision, UserId
from bitworks.core.records import Record
from bitworks.storage import queries
from bitworks.storage.database import Database

SQL = queries.load(__name__, "revisions")
# How long a commit whose answer was lost is asked after, and how often, in seconds.
FIND_OUT_WITHIN = 5.0
ASK_AGAIN = 0.1
Kind = Literal["conversation", "message", "context"]
Written_ = TypeVar("Written_", bound=Record)


@dataclass(frozen=True, slots=True)
class Written(Generic[Written_]):
    """The record after a write. `change` is None if the write changed nothing."""

    record: Written_
    change: Change | None


@dataclass(slots=True)
class Transaction:
    """A write of one user, under the lock of their counter. `now` is PostgreSQL's clock, in milliseconds."""

    connection: asyncpg.Connection
    user_id: UserId
    now: datetime
    head: Revision

    def draw(self) -> Revision:
        """The next revision. It is used up only if the transaction commits."""
        self.head = Revision(self.head + 1)
        return self.head

    async def fetchrow(self, statement: str, *arguments: Any) -> asyncpg.Record | None:
        return await self.connection.fetchrow(statement, *arguments)

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.connection.fetch(statement, *arguments)
        return rows

    async def execute(self, statement: str, *arguments: Any) -> None:
        await self.connection.execute(statement, *arguments)

    async def is_buried(self, kind: Kind, id_: str) -> bool:
        return await self.fetchrow(SQL["is_buried"], self.user_id, kind, id_) is not None

    async def bury(
        self, kind: Kind, id_: str, conversation_id: str | None = None, timestamp: datetime | None = None
    ) -> Revision:
        """Leaves a tombstone, and returns its revision."""
        revision = self.draw()
        await self.execute(SQL["bury"], self.user_id, revision, kind, id_, conversation_id, timestamp)
        return revision

    async def refuse_reuse(self, kind: Kind, id_: str, existing: bytes | None, wanted: bytes) -> None:
        """Raises unless this id is new, or its creation is only being repeated."""
        if existing is not None and existing != wanted:
            raise IdConflict
        if existing is None and await self.is_buried(kind, id_):
            raise Deleted


@dataclass(frozen=True, slots=True)
class Heads:
    """What an instance must know of a hosted user: how far their changes go, how often sessions ended."""

    user_id: UserId
    revision: Revision
    sessions_ended: int


@dataclass(frozen=True, slots=True)
class Revisions:
    """The locks are of this instance: its own writers of one user wait here, and not each on a connection."""

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
        within `FIND_OUT_WITHIN`: then the caller has to ask, with the same ids.
        """
        deadline = time.monotonic() + FIND_OUT_WITHIN
        while time.monotonic() < deadline:
            with contextlib.suppress(Unavailable):
                row = await self.database.fetchrow(SQL["outcome"], xact)
                if row is not None and row["outcome"] != "in progress":
                    return bool(row["outcome"] == "committed")
            await asyncio.sleep(ASK_AGAIN)
        return False

    async def heads(self, user_ids: Sequence[UserId]) -> list[Heads]:
        """The heads of these users; those whose account is gone are left out."""
        rows = await self.database.fetch(SQL["heads"], list(user_ids))
        return [Heads(*row) for row in rows]

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
