"""Changes in PostgreSQL: those since a revision, and the head that a connecting device starts from."""

from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a user at one moment, by which a connecting device is measured."""

    cursor: Cursor
    """The cursor of the user's last change."""
    sessions_ended: int
    """How many sessions of the user have ended so far."""
    session_lives: bool
    """Whether the session of the device is one that has not ended."""
    open_messages: list[MessageId]
    """The messages that are streaming, in no order."""


class ChangeStore:
    """Reads the changes of every kind. The two statements over all kinds are put together once, at the start."""

    def __init__(self, database: Database, kinds: Kinds) -> None:
        self.database = database
        self.kinds = kinds
        self.since_statement = kinds.changes_since(SQL["since"])
        self.count_statement = kinds.count_since(SQL["count_since"])
        # By the kind of a row as `changes.sql` names it. Every row that any device catches up goes through one of them.
        self._readers: dict[str, Callable[[asyncpg.Record], Record | Tombstone]] = {
            **{name: kind.from_row for name, kind in kinds.by_name.items()},
            **{f"deleted {name}": kind.tombstone_of for name, kind in kinds.by_name.items()},
        }

    async def since(
        self, user_id: UserId, revision: Revision, limit: int, tombstones_after: int = 0
    ) -> StoredPage[Change]:
        """Returns a page of the changes after a revision, in the order of revisions, each row once.

        It ends at `limit` rows, or at PAGE_BYTES of content but not before its first row. Its cursor is that of its
        last row if there are more, else the head of the snapshot. Tombstones up to the revision `tombstones_after`
        are left out. Raises `Unauthorized` if the account is gone.
        """
        rows = await self.database.fetch(
            self.since_statement, user_id, revision, limit, PAGE_BYTES, min(tombstones_after, MAX_REVISION)
        )
        if not rows:
            raise Unauthorized
        first = rows[0]
        if first["kind"] is None:  # no changes, only the head
            return StoredPage([], Cursor(first["epoch"], Revision(first["head"])), more=False)
        changes = [change_of(self._readers[row["kind"]](row)) for row in rows]
        more = first["found"] > len(changes)
        end = changes[-1].revision if more else Revision(first["head"])
        return StoredPage(changes, Cursor(first["epoch"], end), more)

    async def count_since(self, user_id: UserId, revision: Revision, up_to: int) -> int:
        """Returns how many changes there are after a revision, counted no further than `up_to`."""
        row = await self.database.fetchrow(self.count_statement, user_id, revision, up_to)
        assert row is not None
        return int(row["missed"])

    async def head(self, user_id: UserId, session_id: SessionId) -> Head:
        """Returns the head for a device of this session. Raises `Unauthorized` if the account is gone."""
        row = await self.database.fetchrow(SQL["head"], user_id, session_id)
        if row is None:
            raise Unauthorized
        cursor = Cursor(row["epoch"], Revision(row["head"]))
        return Head(cursor, row["sessions_ended"], row["session_lives"], row["open_messages"])
