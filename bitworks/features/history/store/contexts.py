"""Contexts in PostgreSQL: at most one for each conversation."""

from dataclasses import dataclass

from bitworks.core.changes import Change, Written, unchanged
from bitworks.core.encoding import canonical_json
from bitworks.core.errors import ContextExists, InvalidInput, NotFound
from bitworks.core.ids import ContextId, ConversationId, UserId
from bitworks.core.records import Json
from bitworks.features.history.kinds import CONTEXT
from bitworks.features.history.records import Context, Summary
from bitworks.storage.database import Database
from bitworks.storage.revisions import Revisions, Transaction, require_revision

SQL = CONTEXT.statements


@dataclass(frozen=True, slots=True)
class NewContext:
    """A context to be created. `fingerprint` tells a repeated creation from another one."""

    id: ContextId
    conversation_id: ConversationId
    context_window: Json | None
    parameters: Json | None
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class ContextEdit:
    """What to change: only what is named in `fields`."""

    fields: frozenset[str]
    context_window: Json | None
    parameters: Json | None
    if_revision: int | None


@dataclass(frozen=True, slots=True)
class ContextStore:
    """Reads and writes contexts, which are found by their conversation."""

    database: Database
    revisions: Revisions

    async def find(self, user_id: UserId, conversation_id: ConversationId) -> Context | None:
        """The context of a conversation, None if it has none."""
        row = await self.database.fetchrow(SQL["of_conversation"], user_id, conversation_id)
        return None if row is None else Context(*row)

    async def get(self, user_id: UserId, conversation_id: ConversationId) -> Context:
        """The context of a conversation. Raises `NotFound`."""
        context = await self.find(user_id, conversation_id)
        if context is None:
            raise NotFound
        return context

    async def create(self, user_id: UserId, new: NewContext) -> Written[Context]:
        """A new context; a repeated creation gives it as it is now.

        Raises `NotFound` (the conversation), `ContextExists`, `InvalidInput` (what is pinned), `IdConflict`,
        `Deleted`.
        """
        async with self.revisions.writing(user_id) as transaction:
            existing = await transaction.repeated(CONTEXT, new.id, new.fingerprint)
            if existing is not None:
                return unchanged(existing)
            await _require_room(transaction, new.conversation_id)
            await _require_pinned(transaction, new.conversation_id, new.context_window)
            columns = (new.conversation_id, new.context_window, new.parameters)
            written = await transaction.put(
                CONTEXT, "insert", new.id, *columns, transaction.draw(), new.fingerprint
            )
            await _changed(transaction, new.conversation_id)
            return written

    async def update(
        self, user_id: UserId, conversation_id: ConversationId, edit: ContextEdit
    ) -> Written[Context]:
        """Changes what is named. Raises `NotFound`, `Stale`, `InvalidInput` (what is pinned)."""
        async with self.revisions.writing(user_id) as transaction:
            current = await _current(transaction, conversation_id)
            require_revision(current, edit.if_revision)
            window = edit.context_window if "context_window" in edit.fields else current.context_window
            parameters = edit.parameters if "parameters" in edit.fields else current.parameters
            before = canonical_json([current.context_window, current.parameters])
            if canonical_json([window, parameters]) == before:
                return unchanged(current)
            if "context_window" in edit.fields:
                await _require_pinned(transaction, conversation_id, window)
            written = await transaction.put(
                CONTEXT, "update", conversation_id, window, parameters, transaction.draw()
            )
            await _changed(transaction, conversation_id)
            return written

    async def summarise(
        self, user_id: UserId, conversation_id: ConversationId, summary: Summary
    ) -> Written[Context]:
        """Keeps a summary that goes further than the one that is kept; another changes nothing."""
        async with self.revisions.writing(user_id) as transaction:
            current = await _current(transaction, conversation_id)
            if current.summary and current.summary["through_position"] >= summary["through_position"]:
                return unchanged(current)
            return await transaction.put(CONTEXT, "summarise", conversation_id, summary, transaction.draw())

    async def delete(self, user_id: UserId, conversation_id: ConversationId) -> Change | None:
        """The change, or None if it was deleted before. Raises `NotFound`."""
        async with self.revisions.writing(user_id) as transaction:
            row = await transaction.fetchrow(SQL["delete"], user_id, conversation_id)
            if row is not None:
                await _changed(transaction, conversation_id)
                return await transaction.leave_tombstone(CONTEXT, row["id"], conversation_id=conversation_id)
            if await transaction.fetchrow(SQL["tombstone_of_conversation"], user_id, conversation_id) is None:
                raise NotFound
            return None


async def _current(transaction: Transaction, conversation_id: ConversationId) -> Context:
    row = await transaction.fetchrow(SQL["of_conversation"], transaction.user_id, conversation_id)
    if row is None:
        raise NotFound
    return Context(*row)


async def _changed(transaction: Transaction, conversation_id: ConversationId) -> None:
    """What follows from a context that was written or deleted, for its conversation."""
    await transaction.execute(SQL["changed"], transaction.user_id, conversation_id, transaction.now)


async def _require_room(transaction: Transaction, conversation_id: ConversationId) -> None:
    """Raises unless the conversation exists and has no context yet."""
    if await transaction.fetchrow(SQL["conversation_exists"], transaction.user_id, conversation_id) is None:
        raise NotFound
    row = await transaction.fetchrow(SQL["of_conversation"], transaction.user_id, conversation_id)
    if row is not None:
        raise ContextExists(Context(*row))


async def _require_pinned(
    transaction: Transaction, conversation_id: ConversationId, window: Json | None
) -> None:
    """Raises unless every pinned message is one of this conversation."""
    pinned = set((window or {}).get("pinned") or [])
    if not pinned:
        return
    row = await transaction.fetchrow(
        SQL["count_of_conversation"], transaction.user_id, conversation_id, list(pinned)
    )
    assert row is not None
    if row["found"] != len(pinned):
        raise InvalidInput.of("context_window.pinned", "must be ids of messages of this conversation")
