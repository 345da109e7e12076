"""Catching up in PostgreSQL: what changed since a revision."""

from dataclasses import dataclass

import asyncpg

from bitworks.core.changes import Change, change_of
from bitworks.core.cursors import MAX_REVISION, Cursor
from bitworks.core.errors import Unauthorized
from bitworks.core.ids import MessageId, Revision, SessionId, UserId
from bitworks.core.records import Record, Tombstone
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.kinds import Kinds
from bitworks.storage.pages import PAGE_BYTES, StoredPage

SQL = queries.load(__name__, "changes")
_DELETED = "deleted "


@dataclass(frozen=True, slots=True)
class Head:
    """How far a user's changes go, which messages stream, and whether the session that asks still lives."""

    cursor: Cursor
    sessions_ended: int
    session_lives: bool
    open_messages: list[MessageId]


class ChangeStore:
    """Reads changes of every kind. The two statements over all kinds are put together here, once."""

    def __init__(self, database: Database, kinds: Kinds) -> None:
        self.database = database
        self.kinds = kinds
        self.since_statement = kinds.changes_since(SQL["since"])
        self.count_statement = kinds.count_since(SQL["count_since"])

    async def since(
        self, user_id: UserId, revision: Revision, limit: int, tombstones_after: int = 0
    ) -> StoredPage[Change]:
        """A page of what changed after this revision, in order, each row once.

        The page's cursor is where it ends: its last row if there is more, else the head of the snapshot.
        Raises `Unauthorized` if the account is gone.
        """
        rows = await self.database.fetch(
            self.since_statement, user_id, revision, limit, PAGE_BYTES, min(tombstones_after, MAX_REVISION)
        )
        if not rows:
            raise Unauthorized
        first = rows[0]
        if first["kind"] is None:
            return StoredPage([], Cursor(first["epoch"], Revision(first["head"])), more=False)
        changes = [change_of(self._read(row)) for row in rows]
        more = first["found"] > len(changes)
        end = changes[-1].revision if more else Revision(first["head"])
        return StoredPage(changes, Cursor(first["epoch"], end), more)

    async def count_since(self, user_id: UserId, revision: Revision, up_to: int) -> int:
        """How many rows a device would be sent, counted no further than `up_to`."""
        row = await self.database.fetchrow(self.count_statement, user_id, revision, up_to)
        assert row is not None
        return int(row["missed"])

    async def head(self, user_id: UserId, session_id: SessionId) -> Head:
        """Raises `Unauthorized` if the account is gone."""
        row = await self.database.fetchrow(SQL["head"], user_id, session_id)
        if row is None:
            raise Unauthorized
        cursor = Cursor(row["epoch"], Revision(row["head"]))
        return Head(cursor, row["sessions_ended"], row["session_lives"], row["open_messages"])

    def _read(self, row: asyncpg.Record) -> Record | Tombstone:
        name: str = row["kind"]
        if name.startswith(_DELETED):
            return self.kinds.by_name[name.removeprefix(_DELETED)].tombstone_of(row)
        record: Record = self.kinds.by_name[name].from_row(row)
        return record
