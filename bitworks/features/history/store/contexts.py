"""Contexts in PostgreSQL: at most one for each conversation."""

from dataclasses import dataclass
from typing import cast

from bitworks.core.changes import Change, Written, unchanged
from bitworks.core.encoding import canonical_json
from bitworks.core.errors import ContextExists, InvalidInput, NotFound
from bitworks.core.ids import ContextId, ConversationId, UserId
from bitworks.core.records import Json
from bitworks.features.history.kinds import CONTEXT
from bitworks.features.history.records import Context, ModelParameters, Summary, WindowSettings
from bitworks.features.models.known_models import known_model
from bitworks.storage.database import Database
from bitworks.storage.revisions import Revisions, Transaction, require_revision

SQL = CONTEXT.statements


@dataclass(frozen=True, slots=True)
class NewContext:
    """A context to be created."""

    id: ContextId
    """The id, chosen by the client or the server."""
    conversation_id: ConversationId
    """The conversation, which must have no context."""
    context_window: Json | None
    """An object that `KnownWindow` has validated."""
    parameters: Json | None
    """An object that `KnownParameters` has validated."""
    fingerprint: bytes
    """The 16-byte hash of the request, by which its repetition is told from another creation."""


@dataclass(frozen=True, slots=True)
class ContextEdit:
    """An update of a context."""

    fields: frozenset[str]
    """The names of the fields that are updated; the others are ignored here."""
    context_window: Json | None
    """The new object, which `KnownWindow` has validated."""
    parameters: Json | None
    """The new object, which `KnownParameters` has validated."""
    if_revision: int | None
    """The revision that the context must be at; None: any."""


@dataclass(frozen=True, slots=True)
class ContextStore:
    """Reads and writes contexts, which are found by their conversation."""

    database: Database
    """The database; every method raises `Unavailable` while it is away."""
    revisions: Revisions
    """The counters under which it writes."""

    async def find(self, user_id: UserId, conversation_id: ConversationId) -> Context | None:
        """Returns the context of a conversation, None if it has none."""
        row = await self.database.fetchrow(SQL["of_conversation"], user_id, conversation_id)
        return None if row is None else Context(*row)

    async def get(self, user_id: UserId, conversation_id: ConversationId) -> Context:
        """Returns the context of a conversation. Raises `NotFound`."""
        context = await self.find(user_id, conversation_id)
        if context is None:
            raise NotFound
        return context

    async def create(self, user_id: UserId, new: NewContext) -> Written[Context]:
        """Creates a context; a repeated creation returns the context as it is now.

        Raises `NotFound` (the conversation), `ContextExists`, `InvalidInput` (what is pinned), `IdConflict`,
        `Deleted`.
        """
        async with self.revisions.writing(user_id) as transaction:
            existing = await transaction.repeated(CONTEXT, new.id, new.fingerprint)
            if existing is not None:
                return unchanged(existing)
            # After the check above, since a repeated creation finds the context that it made itself.
            await _require_room(transaction, new.conversation_id)
            await _require_pinned(transaction, new.conversation_id, new.context_window)
            _require_room_for_questions(new.context_window, new.parameters)
            columns = (new.conversation_id, new.context_window, new.parameters)
            written = await transaction.put(
                CONTEXT, "insert", new.id, *columns, transaction.draw(), new.fingerprint
            )
            await _changed(transaction, new.conversation_id)
            return written

    async def update(
        self, user_id: UserId, conversation_id: ConversationId, edit: ContextEdit
    ) -> Written[Context]:
        """Updates the fields that the edit names; an edit that changes nothing draws no revision.

        Raises `NotFound`, `Stale`, `InvalidInput` (what is pinned).
        """
        async with self.revisions.writing(user_id) as transaction:
            current = await _current(transaction, conversation_id)
            require_revision(current, edit.if_revision)
            window = edit.context_window if "context_window" in edit.fields else current.context_window
            parameters = edit.parameters if "parameters" in edit.fields else current.parameters
            before = canonical_json([current.context_window, current.parameters])
            if canonical_json([window, parameters]) == before:
                return unchanged(current)
            _require_room_for_questions(window, parameters)
            # Only if they are given anew: pinned messages may have been deleted since, which breaks no context.
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
        """Stores a summary if it reaches further than the stored one; otherwise it changes nothing.

        Raises `NotFound`.
        """
        async with self.revisions.writing(user_id) as transaction:
            current = await _current(transaction, conversation_id)
            if current.summary and current.summary["through_position"] >= summary["through_position"]:
                return unchanged(current)
            return await transaction.put(CONTEXT, "summarise", conversation_id, summary, transaction.draw())

    async def delete(self, user_id: UserId, conversation_id: ConversationId) -> Change | None:
        """Deletes the context of a conversation; returns None if it was deleted before. Raises `NotFound`."""
        async with self.revisions.writing(user_id) as transaction:
            row = await transaction.fetchrow(SQL["delete"], user_id, conversation_id)
            if row is not None:
                await _changed(transaction, conversation_id)
                return await transaction.leave_tombstone(CONTEXT, row["id"], conversation_id=conversation_id)
            # The request has no id of the context: a repetition is recognised by the conversation.
            if await transaction.fetchrow(SQL["tombstone_of_conversation"], user_id, conversation_id) is None:
                raise NotFound
            return None


async def _current(transaction: Transaction, conversation_id: ConversationId) -> Context:
    row = await transaction.fetchrow(SQL["of_conversation"], transaction.user_id, conversation_id)
    if row is None:
        raise NotFound
    return Context(*row)


async def _changed(transaction: Transaction, conversation_id: ConversationId) -> None:
    """Updates what depends on the context: whether the conversation is due to be summarised."""
    await transaction.execute(SQL["changed"], transaction.user_id, conversation_id, transaction.now)


async def _require_room(transaction: Transaction, conversation_id: ConversationId) -> None:
    """Raises `NotFound` unless the conversation exists, `ContextExists` if it has a context."""
    if await transaction.fetchrow(SQL["conversation_exists"], transaction.user_id, conversation_id) is None:
        raise NotFound
    row = await transaction.fetchrow(SQL["of_conversation"], transaction.user_id, conversation_id)
    if row is not None:
        raise ContextExists(Context(*row))


def _require_room_for_questions(window: Json | None, parameters: Json | None) -> None:
    """Raises `InvalidInput` if the answer may be as large as the whole window, where that is said or known."""
    chosen = cast("ModelParameters", parameters or {})
    told = cast("WindowSettings", window or {}).get("max_tokens")
    known = known_model(chosen.get("model"))
    limit = told or (known.limit if known else None)
    if limit and (chosen.get("max_output_tokens") or 0) >= limit:
        what = "context_window.max_tokens" if told else "the model's window"
        raise InvalidInput.of("parameters.max_output_tokens", f"must be less than {what}, {limit} tokens")


async def _require_pinned(
    transaction: Transaction, conversation_id: ConversationId, window: Json | None
) -> None:
    """Raises `InvalidInput` unless every pinned message belongs to this conversation."""
    pinned = set(cast("WindowSettings", window or {}).get("pinned") or [])
    if not pinned:
        return
    row = await transaction.fetchrow(
        SQL["count_of_conversation"], transaction.user_id, conversation_id, list(pinned)
    )
    assert row is not None
    if row["found"] != len(pinned):
        raise InvalidInput.of("context_window.pinned", "must be ids of messages of this conversation")
