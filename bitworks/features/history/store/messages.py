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
from bitworks.features.history.records import Message, MessageJson, message_metadata
from bitworks.features.history.store.message_writer import MessageWriter, NewMessage
from bitworks.features.models.counts import OtherModel, TokenCount
from bitworks.storage.database import Database
from bitworks.storage.pages import PAGE_BYTES, StoredPage
from bitworks.storage.revisions import Revisions, Transaction, require_revision

SQL = MESSAGE.statements


@dataclass(frozen=True, slots=True)
class MessageEdit:
    """An update of a message."""

    fields: frozenset[str]
    """The names of the fields that are updated; the others are ignored here."""
    content: str
    """The new content, 1 to 1,000,000 characters."""
    count: TokenCount
    """The tokens of `content`."""
    metadata: Json
    """The new metadata, at most 16 KiB of JSON; a `vocabulary` in it is ignored."""
    if_revision: int | None
    """The revision that the message must be at; None: any."""


@dataclass(frozen=True, slots=True)
class NewlyWritten(Written[Message]):
    """The outcome of a creation."""

    unnamed: bool
    """Whether its conversation has no title, which this message, a question, may give it."""


@dataclass(frozen=True, slots=True)
class MessageStore:
    """Reads and writes messages."""

    database: Database
    """The database; every method raises `Unavailable` while it is away."""
    revisions: Revisions
    """The counters under which it writes."""
    writer: MessageWriter
    """Inserts messages, many in one commit."""

    async def get(self, user_id: UserId, id_: MessageId) -> Message:
        """Returns a message, with its text so far if it streams. Raises `NotFound`."""
        row = await self.database.fetchrow(SQL["get"], user_id, id_)
        if row is None:
            raise NotFound
        return Message(*row)

    async def metadata_of(self, user_id: UserId, ids: Sequence[MessageId]) -> dict[MessageId, Json]:
        """Returns the metadata of these messages, without those that do not exist."""
        rows = await self.database.fetch(SQL["metadata_of"], user_id, list(ids)) if ids else []
        return {row["id"]: row["metadata"] for row in rows}

    async def page_before(
        self, user_id: UserId, conversation_id: ConversationId, before: int | None, limit: int
    ) -> StoredPage[MessageJson]:
        """Returns the page that ends before a position (None: the newest page), ascending.

        Raises `NotFound` (the conversation).
        """
        position = MAX_REVISION if before is None else before
        page = await self._page("page_before", user_id, conversation_id, position, limit)
        return StoredPage(page.rows[::-1], page.cursor, page.more)

    async def page_after(
        self, user_id: UserId, conversation_id: ConversationId, after: int, limit: int
    ) -> StoredPage[MessageJson]:
        """Returns the page that begins after a position, ascending. Raises `NotFound` (the conversation)."""
        return await self._page("page_after", user_id, conversation_id, after, limit)

    async def _page(
        self, query: str, user_id: UserId, conversation_id: ConversationId, position: int, limit: int
    ) -> StoredPage[MessageJson]:
        """Reads in JSON form: to make records of a page, only to encode them, took four times as long."""
        rows = await self.database.fetch(SQL[query], user_id, conversation_id, position, limit, PAGE_BYTES)
        if not rows:
            raise NotFound
        *_, head, epoch = rows[0]  # the same in each row
        found = [] if rows[0]["id"] is None else rows
        messages = [_in_json(row) for row in takewhile(_has_content, found[:limit])]
        return StoredPage(messages, Cursor(epoch, Revision(head)), more=len(messages) < len(found))

    async def create(self, new: NewMessage) -> NewlyWritten:
        """Creates a message; a repeated creation returns it as it is now.

        Raises as `MessageWriter.create`. If it is cancelled, the message may still be written.
        """
        created = await self.writer.create(new)
        if created is None:
            return NewlyWritten(await self.get(new.user_id, new.id), None, unnamed=False)
        return NewlyWritten(created.message, change_of(created.message), unnamed=created.unnamed)

    async def update(self, user_id: UserId, id_: MessageId, edit: MessageEdit) -> Written[Message]:
        """Updates the fields that the edit names; an edit that changes nothing draws no revision.

        Raises `NotFound`, `StillStreaming`, `Stale`; `OtherModel` if a new content was not counted for the model of
        its conversation.
        """
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
            if (after.token_count or 0) > (current.token_count or 0):
                # More text may make the conversation due to be summarised.
                await transaction.execute(SQL["grew"], user_id, current.conversation_id, transaction.now)
            return written

    async def delete(self, user_id: UserId, id_: MessageId) -> Change | None:
        """Deletes a message; returns None if it was deleted before. Raises `NotFound`."""
        async with self.revisions.writing(user_id) as transaction:
            row: asyncpg.Record | None = await transaction.fetchrow(SQL["delete"], user_id, id_)
            if row is None:
                await transaction.require_tombstone(MESSAGE, id_)
                return None
            conversation_id, timestamp, status = row
            if status == "streaming":
                # Its end is what a queued reply waits for.
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
    """Returns the values after the update. `vocabulary` is always that of the count, never the client's."""
    is_new = "content" in edit.fields and edit.content != current.content
    metadata = dict(edit.metadata if "metadata" in edit.fields else current.metadata)
    metadata.pop("vocabulary", None)
    vocabulary = edit.count.vocabulary if is_new else message_metadata(current).get("vocabulary")
    if vocabulary is not None:
        metadata["vocabulary"] = vocabulary
    if is_new:
        return _Edited(edit.content, metadata, edit.count.tokens)
    return _Edited(current.content, metadata, current.token_count)


async def _require_model(transaction: Transaction, id_: MessageId, model: str | None) -> None:
    """Raises `OtherModel` unless the conversation of this message is for this model."""
    row = await transaction.fetchrow(SQL["model"], transaction.user_id, id_)
    assert row is not None
    if row["model"] != model:
        raise OtherModel(row["model"])
