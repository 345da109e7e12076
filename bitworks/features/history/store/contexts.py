"""Contexts in PostgreSQL: at most one for each conversation."""

from dataclasses import dataclass

from bitworks.core.changes import Change, change_of
from bitworks.core.encoding import canonical_json
from bitworks.core.errors import ContextExists, InvalidInput, NotFound, Stale
from bitworks.core.ids import ContextId, ConversationId, UserId
from bitworks.core.records import Context, DeletedContext, Json, Summary
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.revisions import Revisions, Transaction, Written

SQL = queries.load(__name__, "contexts")


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
class Contexts:
    database: Database
    revisions: Revisions

    async def find(self, user_id: UserId, conversation_id: ConversationId) -> Context | None:
        row = await self.database.fetchrow(SQL["get"], user_id, conversation_id)
        return None if row is None else Context(*row)

    async def get(self, user_id: UserId, conversation_id: ConversationId) -> Context:
        context = await self.find(user_id, conversation_id)
        if context is None:
            raise NotFound
        return context

    async def create(self, user_id: UserId, new: NewContext) -> Written[Context]:
        async with self.revisions.writing(user_id) as transaction:
            existing = await transaction.fetchrow(SQL["by_id"], user_id, new.id)
            fingerprint = existing["fingerprint"] if existing else None
            await transaction.refuse_reuse("context", new.id, fingerprint, new.fingerprint)
            if existing:
                return Written(Context(*tuple(existing)[:-1]), None)
            await _require_room(transaction, new.conversation_id)
            await _require_pinned(transaction, new.conversation_id, new.context_window)
            row = await transaction.fetchrow(
                SQL["insert"],
                user_id,
                new.id,
                new.conversation_id,
                new.context_window,
                new.parameters,
                transaction.draw(),
                new.fingerprint,
            )
        assert row is not None
        context = Context(*row)
        return Written(context, change_of(context))

    async def update(
        self, user_id: UserId, conversation_id: ConversationId, edit: ContextEdit
    ) -> Written[Context]:
        async with self.revisions.writing(user_id) as transaction:
            current = await _get(transaction, conversation_id)
            if edit.if_revision is not None and edit.if_revision != current.revision:
                raise Stale(current)
            window = edit.context_window if "context_window" in edit.fields else current.context_window
            parameters = edit.parameters if "parameters" in edit.fields else current.parameters
            before = canonical_json([current.context_window, current.parameters])
            if canonical_json([window, parameters]) == before:
                return Written(current, None)
            if "context_window" in edit.fields:
                await _require_pinned(transaction, conversation_id, window)
            row = await transaction.fetchrow(
                SQL["update"], user_id, conversation_id, window, parameters, transaction.draw()
            )
        assert row is not None
        context = Context(*row)
        return Written(context, change_of(context))

    async def summarise(
        self, user_id: UserId, conversation_id: ConversationId, summary: Summary
    ) -> Written[Context]:
        """Keeps a summary that goes further than the one that is kept; another changes nothing."""
        async with self.revisions.writing(user_id) as transaction:
            current = await _get(transaction, conversation_id)
            if current.summary and current.summary["through_position"] >= summary["through_position"]:
                return Written(current, None)
            row = await transaction.fetchrow(
                SQL["summarise"], user_id, conversation_id, summary, transaction.draw()
            )
        assert row is not None
        context = Context(*row)
        return Written(context, change_of(context))

    async def delete(self, user_id: UserId, conversation_id: ConversationId) -> Change | None:
        """The change, or None if it was deleted before."""
        async with self.revisions.writing(user_id) as transaction:
            row = await transaction.fetchrow(SQL["delete"], user_id, conversation_id)
            if row is None:
                if await transaction.fetchrow(SQL["buried_of_conversation"], user_id, conversation_id):
                    return None
                raise NotFound
            id_ = ContextId(row["id"])
            revision = await transaction.bury("context", id_, conversation_id)
        return change_of(DeletedContext(id_, conversation_id, revision))


async def _get(transaction: Transaction, conversation_id: ConversationId) -> Context:
    row = await transaction.fetchrow(SQL["get"], transaction.user_id, conversation_id)
    if row is None:
        raise NotFound
    return Context(*row)


async def _require_room(transaction: Transaction, conversation_id: ConversationId) -> None:
    """Raises unless the conversation exists and has no context yet."""
    if await transaction.fetchrow(SQL["conversation_exists"], transaction.user_id, conversation_id) is None:
        raise NotFound
    row = await transaction.fetchrow(SQL["get"], transaction.user_id, conversation_id)
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
