"""What a user does to contexts."""

from dataclasses import dataclass

from bitworks.core.callers import Caller
from bitworks.core.changes import Change, Written
from bitworks.core.clock import NewId
from bitworks.core.encoding import fingerprint
from bitworks.core.ids import ContextId, ConversationId
from bitworks.core.inputs import ByConversation
from bitworks.features.history.inputs import ContextCreate, ContextUpdate
from bitworks.features.history.records import Context
from bitworks.features.history.store.contexts import ContextEdit, ContextStore, NewContext
from bitworks.features.sync.publishing import Publisher


@dataclass(frozen=True, slots=True)
class Contexts:
    """Writes and reads contexts. Each write commits first, then publishes; if it is cancelled, it may be committed."""

    store: ContextStore
    """The contexts in PostgreSQL."""
    publisher: Publisher
    """Publishes each change after its commit."""
    new_id: NewId
    """The ids of contexts whose request names none."""

    async def create(self, caller: Caller, request: ContextCreate) -> Written[Context]:
        """Creates the context of a conversation; a repeated creation returns the context as it is now.

        Raises `NotFound` (the conversation), `ContextExists`, `InvalidInput` (what is pinned), `IdConflict`, `Deleted`.
        """
        new = NewContext(
            id=ContextId(request.id or self.new_id()),
            conversation_id=ConversationId(request.conversation_id),
            context_window=request.context_window,
            parameters=request.parameters,
            fingerprint=fingerprint([request.conversation_id, request.context_window, request.parameters]),
        )
        written = await self.store.create(caller.user_id, new)
        self.publisher.change(caller.user_id, written.change)
        return written

    async def get(self, caller: Caller, request: ByConversation) -> Context:
        """Returns the context of a conversation. Raises `NotFound`."""
        return await self.store.get(caller.user_id, ConversationId(request.conversation_id))

    async def update(self, caller: Caller, request: ContextUpdate) -> Written[Context]:
        """Changes the fields that the request has.

        Raises `NotFound`, `Stale` if the context is not at `if_revision`, `InvalidInput` (what is pinned).
        """
        edit = ContextEdit(
            frozenset(request.model_fields_set),
            request.context_window,
            request.parameters,
            request.if_revision,
        )
        written = await self.store.update(caller.user_id, ConversationId(request.conversation_id), edit)
        self.publisher.change(caller.user_id, written.change)
        return written

    async def delete(self, caller: Caller, request: ByConversation) -> Change | None:
        """Deletes the context; returns None if it was deleted before. Raises `NotFound`."""
        change = await self.store.delete(caller.user_id, ConversationId(request.conversation_id))
        self.publisher.change(caller.user_id, change)
        return change
