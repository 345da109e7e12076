"""Conversations in PostgreSQL."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bitworks.core.changes import Change, change_of
from bitworks.core.cursors import Cursor
from bitworks.core.encoding import canonical_json
from bitworks.core.errors import NotFound, Stale, Unauthorized
from bitworks.core.ids import ConversationId, Revision, UserId
from bitworks.core.records import Conversation, DeletedConversation, Json
from bitworks.features.history.titles import first_title
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.pages import PAGE_BYTES, Page
from bitworks.storage.revisions import Revisions, Transaction, Written

SQL = queries.load(__name__, "conversations")


@dataclass(frozen=True, slots=True)
class NewConversation:
    """A conversation to be created. `fingerprint` tells a repeated creation from another one."""

    id: ConversationId
    title: str | None
    metadata: Json
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class ConversationEdit:
    """What to change: only what is named in `fields`."""

    fields: frozenset[str]
    title: str | None
    metadata: Json
    if_revision: int | None


@dataclass(frozen=True, slots=True)
class PlaceInList:
    """The last conversation of the page before, in the order of `updated_at` and id."""

    updated_at: datetime
    id: str


TOP_OF_LIST = PlaceInList(datetime.max.replace(tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")


@dataclass(frozen=True, slots=True)
class Conversations:
    database: Database
    revisions: Revisions

    async def get(self, user_id: UserId, id_: ConversationId) -> Conversation:
        row = await self.database.fetchrow(SQL["get"], user_id, id_)
        if row is None:
            raise NotFound
        return Conversation(*row)

    async def page(
        self, user_id: UserId, after: PlaceInList, limit: int, pattern: str | None = None
    ) -> Page[Conversation]:
        """Newest first; with a pattern of `domain.title_search`, those whose title matches it.

        Raises `Unauthorized` if the account is gone.
        """
        rows = await self.database.fetch(
            SQL["page"], user_id, after.updated_at, after.id, limit, PAGE_BYTES, pattern
        )
        if not rows:
            raise Unauthorized
        head, epoch, found, first_id = rows[0][:4]
        items = [] if first_id is None else [Conversation(*row[3:]) for row in map(tuple, rows)]
        return Page(items, Cursor(epoch, Revision(head)), more=(found or 0) > len(items))

    async def create(self, user_id: UserId, new: NewConversation) -> Written[Conversation]:
        async with self.revisions.writing(user_id) as transaction:
            existing = await transaction.fetchrow(SQL["fingerprint"], user_id, new.id)
            fingerprint = existing["fingerprint"] if existing else None
            await transaction.refuse_reuse("conversation", new.id, fingerprint, new.fingerprint)
            if existing:
                return Written(await _get(transaction, new.id), None)
            row = await transaction.fetchrow(
                SQL["insert"],
                user_id,
                new.id,
                new.title,
                new.metadata,
                transaction.now,
                transaction.draw(),
                new.fingerprint,
            )
        assert row is not None
        conversation = Conversation(*row)
        return Written(conversation, change_of(conversation))

    async def update(
        self, user_id: UserId, id_: ConversationId, edit: ConversationEdit
    ) -> Written[Conversation]:
        async with self.revisions.writing(user_id) as transaction:
            current = await _get(transaction, id_)
            if edit.if_revision is not None and edit.if_revision != current.revision:
                raise Stale(current)
            title = edit.title if "title" in edit.fields else current.title
            metadata = edit.metadata if "metadata" in edit.fields else current.metadata
            if canonical_json([title, metadata]) == canonical_json([current.title, current.metadata]):
                return Written(current, None)
            row = await transaction.fetchrow(
                SQL["update"], user_id, id_, title, metadata, transaction.now, transaction.draw()
            )
        assert row is not None
        conversation = Conversation(*row)
        return Written(conversation, change_of(conversation))

    async def rename_from(
        self, user_id: UserId, id_: ConversationId, before: str, title: str
    ) -> Written[Conversation]:
        """Gives it this title if it still has the one of before."""
        async with self.revisions.writing(user_id) as transaction:
            current = await _get(transaction, id_)
            if current.title != before or before == title:
                return Written(current, None)
            row = await transaction.fetchrow(
                SQL["update"], user_id, id_, title, current.metadata, transaction.now, transaction.draw()
            )
        assert row is not None
        conversation = Conversation(*row)
        return Written(conversation, change_of(conversation))

    async def name(self, user_id: UserId, id_: ConversationId) -> Change | None:
        """Names it after its first question, if it has one and no title."""
        async with self.revisions.writing(user_id) as transaction:
            named = await name_within(transaction, id_)
        return change_of(named) if named else None

    async def delete(self, user_id: UserId, id_: ConversationId) -> Change | None:
        """Deletes it with its messages and context: one change. None if it was deleted before."""
        async with self.revisions.writing(user_id) as transaction:
            if await transaction.fetchrow(SQL["delete"], user_id, id_) is None:
                if await transaction.is_buried("conversation", id_):
                    return None
                raise NotFound
            revision = await transaction.bury("conversation", id_)
        return change_of(DeletedConversation(id_, revision))


async def name_within(transaction: Transaction, id_: ConversationId) -> Conversation | None:
    """Names it after its first question. None if it has a title, or no question with words."""
    row = await transaction.fetchrow(SQL["question"], transaction.user_id, id_)
    title = first_title(row["question"]) if row else None
    if title is None:
        return None
    named = await transaction.fetchrow(
        SQL["name"], transaction.user_id, id_, title, transaction.now, transaction.draw()
    )
    assert named is not None
    return Conversation(*named)


async def hand_title_over(transaction: Transaction, id_: ConversationId) -> str | None:
    """The title that whoever answers now may replace: that after the first question, at the first answer."""
    row = await transaction.fetchrow(SQL["hand_over"], transaction.user_id, id_)
    return row["title"] if row else None


async def _get(transaction: Transaction, id_: ConversationId) -> Conversation:
    row = await transaction.fetchrow(SQL["get"], transaction.user_id, id_)
    if row is None:
        raise NotFound
    return Conversation(*row)
