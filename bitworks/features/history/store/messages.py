"""Messages in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

import asyncpg

from bitworks.core.changes import Change, change_of
from bitworks.core.cursors import MAX_REVISION, Cursor
from bitworks.core.encoding import as_it_stands, canonical_json
from bitworks.core.errors import NotFound, Stale, StillStreaming
from bitworks.core.ids import ConversationId, MessageId, Revision, UserId
from bitworks.core.records import DeletedMessage, Json, Message
from bitworks.features.history.store.message_writer import MessageWriter, NewMessage, OtherModel
from bitworks.features.models.counts import Counted
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.pages import PAGE_BYTES, Page
from bitworks.storage.revisions import Revisions, Transaction, Written

SQL = queries.load(__name__, "messages")


@dataclass(frozen=True, slots=True)
class MessageEdit:
    """What to change: only what is named in `fields`. `counted` are the tokens of `content`."""

    fields: frozenset[str]
    content: str
    counted: Counted
    metadata: Json
    if_revision: int | None


@dataclass(frozen=True, slots=True)
class NewlyWritten(Written[Message]):
    """`unnamed`: its conversation waits for a title, which this message may give it."""

    unnamed: bool


@dataclass(frozen=True, slots=True)
class Messages:
    database: Database
    revisions: Revisions
    writer: MessageWriter

    async def get(self, user_id: UserId, id_: MessageId) -> Message:
        row = await self.database.fetchrow(SQL["get"], user_id, id_)
        if row is None:
            raise NotFound
        return Message(*row)

    async def metadata_of(self, user_id: UserId, ids: Sequence[MessageId]) -> dict[MessageId, Json]:
        """What these messages say beside their content."""
        rows = await self.database.fetch(SQL["metadata_of"], user_id, list(ids)) if ids else []
        return {row["id"]: row["metadata"] for row in rows}

    async def page_before(
        self, user_id: UserId, conversation_id: ConversationId, before: int | None, limit: int
    ) -> Page[Json]:
        """The rows that end before this position (None: the newest), ascending."""
        position = MAX_REVISION if before is None else before
        page = await self._page("page_before", user_id, conversation_id, position, limit)
        return Page(page.rows[::-1], page.cursor, page.more)

    async def page_after(
        self, user_id: UserId, conversation_id: ConversationId, after: int, limit: int
    ) -> Page[Json]:
        """The rows that begin after this position, ascending."""
        return await self._page("page_after", user_id, conversation_id, after, limit)

    async def _page(
        self, query: str, user_id: UserId, conversation_id: ConversationId, position: int, limit: int
    ) -> Page[Json]:
        """In JSON form: making records of a page, only to encode them, took four times as long."""
        rows = await self.database.fetch(SQL[query], user_id, conversation_id, position, limit, PAGE_BYTES)
        if not rows:
            raise NotFound
        *_, head, epoch = rows[0]
        found = [] if rows[0]["id"] is None else rows
        messages = [_in_json(row) for row in takewhile(_has_content, found[:limit])]
        return Page(messages, Cursor(epoch, Revision(head)), more=len(messages) < len(found))

    async def create(self, new: NewMessage) -> NewlyWritten:
        created = await self.writer.create(new)
        if created is None:
            return NewlyWritten(await self.get(new.user_id, new.id), None, unnamed=False)
        return NewlyWritten(created.message, change_of(created.message), unnamed=created.unnamed)

    async def update(self, user_id: UserId, id_: MessageId, edit: MessageEdit) -> Written[Message]:
        """Raises `OtherModel` if a new content was not counted for the model of its conversation."""
        async with self.revisions.writing(user_id) as transaction:
            current = await _get(transaction, id_)
            if current.status == "streaming":
                raise StillStreaming
            if edit.if_revision is not None and edit.if_revision != current.revision:
                raise Stale(current)
            wanted = _edited(current, edit)
            if canonical_json(wanted[:2]) == canonical_json([current.content, current.metadata]):
                return Written(current, None)
            if wanted.content != current.content:
                await _require_model(transaction, id_, edit.counted.model)
            row = await transaction.fetchrow(
                SQL["update"], user_id, id_, *wanted, transaction.now, transaction.draw()
            )
        assert row is not None
        message = Message(*row)
        return Written(message, change_of(message))

    async def delete(self, user_id: UserId, id_: MessageId) -> Change | None:
        """The change, or None if it was deleted before."""
        async with self.revisions.writing(user_id) as transaction:
            row: asyncpg.Record | None = await transaction.fetchrow(SQL["delete"], user_id, id_)
            if row is None:
                if await transaction.is_buried("message", id_):
                    return None
                raise NotFound
            conversation_id, timestamp = row
            revision = await transaction.bury("message", id_, conversation_id, timestamp)
        return change_of(DeletedMessage(id_, conversation_id, timestamp, revision))


def _has_content(row: asyncpg.Record) -> bool:
    return row["content"] is not None


def _in_json(row: asyncpg.Record) -> Json:
    message = dict(row)  # with the fields of the page, which stand last
    del message["epoch"], message["head"]
    message["metadata"] = as_it_stands(message["metadata"])
    return message


class _Edited(NamedTuple):
    content: str
    metadata: Json
    token_count: int | None


def _edited(current: Message, edit: MessageEdit) -> _Edited:
    """What is to stand there. The vocabulary is always named by the server."""
    is_new = "content" in edit.fields and edit.content != current.content
    metadata = dict(edit.metadata if "metadata" in edit.fields else current.metadata)
    metadata.pop("vocabulary", None)
    vocabulary = edit.counted.vocabulary if is_new else current.metadata.get("vocabulary")
    if vocabulary is not None:
        metadata["vocabulary"] = vocabulary
    if is_new:
        return _Edited(edit.content, metadata, edit.counted.tokens)
    return _Edited(current.content, metadata, current.token_count)


async def _require_model(transaction: Transaction, id_: MessageId, model: str | None) -> None:
    row = await transaction.fetchrow(SQL["model"], transaction.user_id, id_)
    assert row is not None
    if row["model"] != model:
        raise OtherModel(row["model"])


async def _get(transaction: Transaction, id_: MessageId) -> Message:
    row = await transaction.fetchrow(SQL["get"], transaction.user_id, id_)
    if row is None:
        raise NotFound
    return Message(*row)
