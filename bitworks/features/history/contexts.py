"""What may be asked of contexts."""

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
    """Each write commits first, then publishes."""

    store: ContextStore
    publisher: Publisher
    new_id: NewId

    async def create(self, caller: Caller, wanted: ContextCreate) -> Written[Context]:
        """The context of a conversation that has none; a repeated creation gives it as it is now.

        Raises `NotFound`, `ContextExists`, `IdConflict`, `Deleted`.
        """
        new = NewContext(
            id=ContextId(wanted.id or self.new_id()),
            conversation_id=ConversationId(wanted.conversation_id),
            context_window=wanted.context_window,
            parameters=wanted.parameters,
            fingerprint=fingerprint([wanted.conversation_id, wanted.context_window, wanted.parameters]),
        )
        written = await self.store.create(caller.user_id, new)
        self.publisher.change(caller.user_id, written.change)
        return written

    async def get(self, caller: Caller, wanted: ByConversation) -> Context:
        """Raises `NotFound`."""
        return await self.store.get(caller.user_id, ConversationId(wanted.conversation_id))

    async def update(self, caller: Caller, wanted: ContextUpdate) -> Written[Context]:
        """Changes what is given. Raises `NotFound`, or `Stale` if it is not at `if_revision`."""
        edit = ContextEdit(
            frozenset(wanted.model_fields_set), wanted.context_window, wanted.parameters, wanted.if_revision
        )
        written = await self.store.update(caller.user_id, ConversationId(wanted.conversation_id), edit)
        self.publisher.change(caller.user_id, written.change)
        return written

    async def delete(self, caller: Caller, wanted: ByConversation) -> Change | None:
        """Deletes it. None if it was deleted before. Raises `NotFound`."""
        change = await self.store.delete(caller.user_id, ConversationId(wanted.conversation_id))
        self.publisher.change(caller.user_id, change)
        return change
