"""Commands about contexts."""

from bitworks.core.changes import Change
from bitworks.core.encoding import fingerprint
from bitworks.core.ids import ContextId, ConversationId
from bitworks.core.records import Context
from bitworks.features.history.inputs import ByConversation, ContextCreate, ContextUpdate
from bitworks.features.history.store.contexts import ContextEdit, NewContext
from bitworks.features.sync.publishing import publish_change
from bitworks.services import Caller, Services
from bitworks.storage.revisions import Written


async def create(services: Services, caller: Caller, wanted: ContextCreate) -> Written[Context]:
    """The context of a conversation that has none; a repeated creation gives it as it is now."""
    new = NewContext(
        id=ContextId(wanted.id or services.new_id()),
        conversation_id=ConversationId(wanted.conversation_id),
        context_window=wanted.context_window,
        parameters=wanted.parameters,
        fingerprint=fingerprint([wanted.conversation_id, wanted.context_window, wanted.parameters]),
    )
    written = await services.storage.contexts.create(caller.user_id, new)
    publish_change(services, caller.user_id, written.change)
    return written


async def get(services: Services, caller: Caller, wanted: ByConversation) -> Context:
    return await services.storage.contexts.get(caller.user_id, ConversationId(wanted.conversation_id))


async def update(services: Services, caller: Caller, wanted: ContextUpdate) -> Written[Context]:
    """Changes what is given; raises `Stale` if it is not at `if_revision`."""
    edit = ContextEdit(
        frozenset(wanted.model_fields_set), wanted.context_window, wanted.parameters, wanted.if_revision
    )
    conversation_id = ConversationId(wanted.conversation_id)
    written = await services.storage.contexts.update(caller.user_id, conversation_id, edit)
    publish_change(services, caller.user_id, written.change)
    return written


async def delete(services: Services, caller: Caller, wanted: ByConversation) -> Change | None:
    """Deletes it. Repeating it is no error.

    Returns the change, or None if there was nothing left to delete.
    """
    conversation_id = ConversationId(wanted.conversation_id)
    change = await services.storage.contexts.delete(caller.user_id, conversation_id)
    publish_change(services, caller.user_id, change)
    return change
