"""Conversations in PostgreSQL."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bitworks.core.changes import Change, Written, change_of, unchanged
from bitworks.core.cursors import Cursor
from bitworks.core.errors import Unauthorized
from bitworks.core.folding import fold
from bitworks.core.ids import ConversationId, Revision, UserId
from bitworks.features.history.kinds import CONVERSATION
from bitworks.features.history.records import Conversation
from bitworks.features.history.titles import first_title
from bitworks.storage.database import Database
from bitworks.storage.pages import PAGE_BYTES, StoredPage
from bitworks.storage.revisions import Revisions, Transaction
from bitworks.storage.rows import NewRow, RowEdit, Rows

SQL = CONVERSATION.statements
FOLDED_AT_ONCE = 50
"""Titles that are folded in one transaction: 1 ms of the loop, 25 if each letter of them becomes eighteen."""


@dataclass(frozen=True, slots=True)
class ListPosition:
    """A position in the list of conversations, which is ordered by `updated_at` and id, both descending."""

    updated_at: datetime
    """The time of the conversation at the position, UTC, in whole milliseconds."""
    id: str
    """The id of that conversation: a UUID."""


LIST_START = ListPosition(datetime.max.replace(tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")
"""The position before every conversation."""


@dataclass(frozen=True, slots=True)
class ConversationStore:
    """Reads and writes conversations."""

    database: Database
    """The database; every method raises `Unavailable` while it is away."""
    revisions: Revisions
    """The counters under which it writes."""

    @property
    def rows(self) -> Rows[Conversation]:
        """The store of what conversations have in common with other kinds."""
        return Rows(self.database, self.revisions, CONVERSATION)

    async def get(self, user_id: UserId, id_: ConversationId) -> Conversation:
        """Returns a conversation. Raises `NotFound`."""
        return await self.rows.get(user_id, id_)

    async def page(
        self, user_id: UserId, after: ListPosition, limit: int, words: str | None = None
    ) -> StoredPage[Conversation]:
        """Returns the page after a position, newest first; with words, of those whose title has them anywhere.

        The words are folded, and `fold_titles` was called before. The page ends at `limit` rows, or at PAGE_BYTES of
        content but not before its first row. Raises `Unauthorized` if the account is gone.
        """
        rows = await self.database.fetch(
            SQL["page"], user_id, after.updated_at, after.id, limit, PAGE_BYTES, words
        )
        if not rows:
            raise Unauthorized
        head, epoch, found, first_id = rows[0][:4]
        # An empty page is one row without a conversation, for the head.
        items = [] if first_id is None else [Conversation(*row[3:]) for row in map(tuple, rows)]
        return StoredPage(items, Cursor(epoch, Revision(head)), more=(found or 0) > len(items))

    async def fold_titles(self, user_id: UserId) -> None:
        """Keeps the folded form of each title of the user that has changed since that was done last.

        It takes the user's counter for a slice at a time, and draws no revision.
        """
        while rows := await self.database.fetch(SQL["unfolded"], user_id, FOLDED_AT_ONCE):
            ids, revisions = [row["id"] for row in rows], [row["revision"] for row in rows]
            folded = [fold(row["title"]) for row in rows]
            async with self.revisions.writing(user_id) as transaction:
                await transaction.execute(SQL["fold_titles"], user_id, ids, folded, revisions)
            if len(rows) < FOLDED_AT_ONCE:
                return

    async def create(self, user_id: UserId, new: NewRow) -> Written[Conversation]:
        """Creates a conversation; a repeated creation returns it as it is now. Raises `IdConflict`, `Deleted`."""
        return await self.rows.create(user_id, new)

    async def update(self, user_id: UserId, id_: ConversationId, edit: RowEdit) -> Written[Conversation]:
        """Updates the columns that the edit names. Raises `NotFound`, `Stale`."""
        return await self.rows.update(user_id, id_, edit)

    async def rename_from(
        self, user_id: UserId, id_: ConversationId, before: str, title: str
    ) -> Written[Conversation]:
        """Changes the title from `before` to `title`; nothing if it has another title by now. Raises `NotFound`."""
        async with self.revisions.writing(user_id) as transaction:
            current = await transaction.current(CONVERSATION, id_)
            # Under the lock: a title that the user has set meanwhile is kept.
            if current.title != before:
                return unchanged(current)
            return await self.rows.rewrite(transaction, current, {"title": title})

    async def name(self, user_id: UserId, id_: ConversationId) -> Change | None:
        """Names a conversation after its first question; returns None if it has a title or no such question."""
        async with self.revisions.writing(user_id) as transaction:
            named = await name_within(transaction, id_)
        return change_of(named) if named else None

    async def delete(self, user_id: UserId, id_: ConversationId) -> Change | None:
        """Deletes a conversation with its messages and context, in one change; returns None if it was deleted before.

        Raises `NotFound`.
        """
        return await self.rows.delete(user_id, id_)


async def name_within(transaction: Transaction, id_: ConversationId) -> Conversation | None:
    """Names a conversation after its first question, within a transaction that does more.

    Returns None, and draws no revision, if it has a title or no question with words.
    """
    row = await transaction.fetchrow(SQL["question"], transaction.user_id, id_)
    title = first_title(row["question"]) if row else None
    if title is None:
        return None
    named = await transaction.put(CONVERSATION, "name", id_, title, transaction.now, transaction.draw())
    return named.record


async def hand_title_over(transaction: Transaction, id_: ConversationId) -> str | None:
    """Returns the provisional title, which the caller may replace by a generated one; None if there is none.

    Once for each conversation: the title is not provisional any more after it.
    """
    row = await transaction.fetchrow(SQL["hand_over"], transaction.user_id, id_)
    return row["title"] if row else None
