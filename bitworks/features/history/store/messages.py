"""Messages in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple, cast

import asyncpg

from bitworks.core.changes import Change, Written, change_of, unchanged
from bitworks.core.cursors import MAX_REVISION, Cursor
from bitworks.core.encoding import as_it_stands, canonical_json
from bitworks.core.errors import NotFound, StillStreaming
from bitworks.core.ids import ConversationId, MessageId, Revision, UserId
from bitworks.core.records import Json
from bitworks.features.history.kinds import MESSAGE
from bitworks.features.history.records import Message, MessageJson
from bitworks.features.history.store.message_writer import MessageWriter, NewMessage
from bitworks.features.models.counts import OtherModel, TokenCount
from bitworks.storage.database import Database
from bitworks.storage.pages import PAGE_BYTES, StoredPage
from bitworks.storage.revisions import Revisions, Transaction, require_revision

SQL = MESSAGE.statements


@dataclass(frozen=True, slots=True)
class MessageEdit:
    """What to change: only what is named in `fields`. `count` is that of `content`."""

    fields: frozenset[str]
    content: str
    count: TokenCount
    metadata: Json
    if_revision: int | None


@dataclass(frozen=True, slots=True)
class NewlyWritten(Written[Message]):
    """`unnamed`: its conversation waits for a title, which this message may give it."""

    unnamed: bool


@dataclass(frozen=True, slots=True)
class MessageStore:
    """Reads and writes messages; new ones go through the writer, many in one commit."""

    database: Database
    revisions: Revisions
    writer: MessageWriter

    async def get(self, user_id: UserId, id_: MessageId) -> Message:
        """With the text so far, if it streams. Raises `NotFound`."""
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
    ) -> StoredPage[MessageJson]:
        """The rows that end before this position (None: the newest), ascending."""
        position = MAX_REVISION if before is None else before
        page = await self._page("page_before", user_id, conversation_id, position, limit)
        return StoredPage(page.rows[::-1], page.cursor, page.more)

    async def page_after(
        self, user_id: UserId, conversation_id: ConversationId, after: int, limit: int
    ) -> StoredPage[MessageJson]:
        """The rows that begin after this position, ascending."""
        return await self._page("page_after", user_id, conversation_id, after, limit)

    async def _page(
        self, query: str, user_id: UserId, conversation_id: ConversationId, position: int, limit: int
    ) -> StoredPage[MessageJson]:
        """In JSON form: making records of a page, only to encode them, took four times as long."""
        rows = await self.database.fetch(SQL[query], user_id, conversation_id, position, limit, PAGE_BYTES)
        if not rows:
            raise NotFound
        *_, head, epoch = rows[0]
        found = [] if rows[0]["id"] is None else rows
        messages = [_in_json(row) for row in takewhile(_has_content, found[:limit])]
        return StoredPage(messages, Cursor(epoch, Revision(head)), more=len(messages) < len(found))

    async def create(self, new: NewMessage) -> NewlyWritten:
        """A new message; a repeated creation gives it as it is now. Raises as `MessageWriter.create`."""
        created = await self.writer.create(new)
        if created is None:
            return NewlyWritten(await self.get(new.user_id, new.id), None, unnamed=False)
        return NewlyWritten(created.message, change_of(created.message), unnamed=created.unnamed)

    async def update(self, user_id: UserId, id_: MessageId, edit: MessageEdit) -> Written[Message]:
        """Raises `OtherModel` if a new content was not counted for the model of its conversation."""
        async with self.revisions.writing(user_id) as transaction:
            current = await transaction.current(MESSAGE, id_)
            if current.status == "streaming":
                raise StillStreaming
            require_revision(current, edit.if_revision)
            after = _edited(current, edit)
            if canonical_json(after[:2]) == canonical_json([current.content, current.metadata]):
                return unchanged(current)
            if after.content != current.content:
                await _require_model(transaction, id_, edit.count.model)
            written = await transaction.put(
                MESSAGE, "update", id_, *after, transaction.now, transaction.draw()
            )
            if after.content != current.content:
                place = (user_id, current.conversation_id)
                await transaction.execute(SQL["grew"], *place, transaction.now)
            return written

    async def delete(self, user_id: UserId, id_: MessageId) -> Change | None:
        """The change, or None if it was deleted before. Raises `NotFound`."""
        async with self.revisions.writing(user_id) as transaction:
            row: asyncpg.Record | None = await transaction.fetchrow(SQL["delete"], user_id, id_)
            if row is None:
                await transaction.require_tombstone(MESSAGE, id_)
                return None
            conversation_id, timestamp, status = row
            if status == "streaming":
                await transaction.execute(SQL["ended"], user_id, id_, conversation_id, transaction.now)
            return await transaction.leave_tombstone(
                MESSAGE, id_, conversation_id=conversation_id, timestamp=timestamp
            )


def _has_content(row: asyncpg.Record) -> bool:
    return row["content"] is not None


def _in_json(row: asyncpg.Record) -> MessageJson:
    message = dict(row)  # with the fields of the page, which stand last
    del message["epoch"], message["head"]
    message["metadata"] = as_it_stands(message["metadata"])
    return cast("MessageJson", message)


class _Edited(NamedTuple):
    content: str
    metadata: Json
    token_count: int | None


def _edited(current: Message, edit: MessageEdit) -> _Edited:
    """What is to stand there. The vocabulary is always named by the server."""
    is_new = "content" in edit.fields and edit.content != current.content
    metadata = dict(edit.metadata if "metadata" in edit.fields else current.metadata)
    metadata.pop("vocabulary", None)
    vocabulary = edit.count.vocabulary if is_new else current.metadata.get("vocabulary")
    if vocabulary is not None:
        metadata["vocabulary"] = vocabulary
    if is_new:
        return _Edited(edit.content, metadata, edit.count.tokens)
    return _Edited(current.content, metadata, current.token_count)


async def _require_model(transaction: Transaction, id_: MessageId, model: str | None) -> None:
    row = await transaction.fetchrow(SQL["model"], transaction.user_id, id_)
    assert row is not None
    if row["model"] != model:
        raise OtherModel(row["model"])
