"""What a client may send: for each event its input, its command, and its acknowledgement."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bitworks.core.parsing import parse
from bitworks.core.records import Message
from bitworks.features.history import contexts, conversations, inputs, messages
from bitworks.features.history.inputs import Input
from bitworks.features.replies import replies
from bitworks.features.streaming import streaming
from bitworks.features.sync import sync as changes
from bitworks.features.window import windows
from bitworks.realtime.socket import acknowledgements as acks
from bitworks.realtime.socket.acknowledgements import Acknowledgement
from bitworks.services import Caller, Services
from bitworks.storage.revisions import Written


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the contract."""

    summary: str
    input: type[Input]
    command: Callable[[Services, Caller, Any], Awaitable[Any]]
    acknowledge: Callable[[Any], Acknowledgement]

    async def answer(self, services: Services, caller: Caller, payload: object) -> Acknowledgement:
        """Raises a `DomainError` for what cannot be done."""
        return self.acknowledge(await self.command(services, caller, parse(self.input, payload)))


async def _sync(
    services: Services, caller: Caller, wanted: inputs.ChangesSince
) -> tuple[changes.ChangesPage, inputs.ChangesSince]:
    return await changes.since(services, caller, wanted), wanted


async def _append(services: Services, caller: Caller, wanted: inputs.MessageAppend) -> streaming.Appended:
    return await streaming.append(services, caller.user_id, wanted)


async def _finish(services: Services, caller: Caller, wanted: inputs.MessageFinish) -> Written[Message]:
    return await streaming.finish(services, caller.user_id, wanted)


async def _stop(services: Services, caller: Caller, wanted: inputs.ById) -> Written[Message]:
    return await streaming.stop(services, caller.user_id, wanted)


EVENTS = {
    "conversation:create": Event(
        "Create a conversation", inputs.ConversationCreate, conversations.create, acks.of_write
    ),
    "conversation:get": Event("One conversation", inputs.ById, conversations.get, acks.of_record),
    "conversation:list": Event(
        "One's conversations, newest first", inputs.ConversationList, conversations.list_, acks.of_listing
    ),
    "conversation:update": Event(
        "Change a conversation", inputs.ConversationUpdate, conversations.update, acks.of_write
    ),
    "conversation:delete": Event(
        "Delete a conversation, its messages and its context",
        inputs.ById,
        conversations.delete,
        acks.of_deletion,
    ),
    "message:create": Event(
        "Add a message to a conversation", inputs.MessageCreate, messages.create, acks.of_write
    ),
    "message:get": Event("One message", inputs.ById, messages.get, acks.of_record),
    "message:list": Event(
        "Messages in the order of writing; the newest page first",
        inputs.MessageList,
        messages.list_,
        acks.of_listing,
    ),
    "message:update": Event("Change a message", inputs.MessageUpdate, messages.update, acks.of_write),
    "message:delete": Event("Delete a message", inputs.ById, messages.delete, acks.of_deletion),
    "message:append": Event("Add text to a streaming message", inputs.MessageAppend, _append, acks.of_append),
    "message:finish": Event("End a streaming message", inputs.MessageFinish, _finish, acks.of_write),
    "message:reply": Event(
        "Ask for an answer to a message, or for another one",
        inputs.MessageReply,
        replies.reply,
        acks.of_write,
    ),
    "message:stop": Event("Stop a streaming message", inputs.ById, _stop, acks.of_write),
    "context:create": Event(
        "Give a conversation its context", inputs.ContextCreate, contexts.create, acks.of_write
    ),
    "context:get": Event(
        "The context of a conversation", inputs.ByConversation, contexts.get, acks.of_record
    ),
    "context:update": Event(
        "Change the context of a conversation", inputs.ContextUpdate, contexts.update, acks.of_write
    ),
    "context:delete": Event(
        "Delete the context of a conversation", inputs.ByConversation, contexts.delete, acks.of_deletion
    ),
    "context:window": Event(
        "What of a conversation a model is given", inputs.WindowRead, windows.read, acks.of_window
    ),
    "sync": Event(
        "What changed after a cursor", inputs.ChangesSince, _sync, lambda page: acks.of_changes(*page)
    ),
}
