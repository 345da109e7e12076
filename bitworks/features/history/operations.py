"""The operations of the history."""

from bitworks.core.bounds import LARGE, TINY, TWO_OBJECTS
from bitworks.core.errors import (
    Busy,
    ContextExists,
    Deleted,
    IdConflict,
    NoProducer,
    NotFound,
    RateLimited,
    Stale,
    StillStreaming,
)
from bitworks.core.inputs import ByConversation, ById
from bitworks.core.operations import DELETED, READ, Operation, created, one, page_of, updated
from bitworks.features.history.contexts import Contexts
from bitworks.features.history.conversations import Conversations
from bitworks.features.history.inputs import (
    ContextCreate,
    ContextUpdate,
    ConversationCreate,
    ConversationList,
    ConversationUpdate,
    MessageCreate,
    MessageList,
    MessageUpdate,
)
from bitworks.features.history.messages import Messages
from bitworks.features.history.records import AskedMessage, Context, Conversation, Message, MessageJson

CONVERSATIONS = (
    Operation(
        "conversation:create", "Create a conversation",
        Conversations.create, ConversationCreate, created(Conversation),
        rest="POST /conversations", event=True, errors=(IdConflict, Deleted),
    ),
    Operation(
        "conversation:list", "One's conversations, newest first",
        Conversations.list, ConversationList, page_of(Conversation),
        rest="GET /conversations/{user_id}", event=True, errors=(NotFound, RateLimited), scopes=READ, bound=TINY,
        heavy=True,
    ),
    Operation(
        "conversation:get", "One conversation",
        Conversations.get, ById, one(Conversation),
        rest="GET /conversations/detail/{id}", event=True, errors=(NotFound,), scopes=READ, bound=TINY,
    ),
    Operation(
        "conversation:update", "Change a conversation",
        Conversations.update, ConversationUpdate, updated(Conversation),
        rest="PUT /conversations/{id}", event=True, errors=(NotFound, Stale),
    ),
    Operation(
        "conversation:delete", "Delete a conversation, its messages and its context",
        Conversations.delete, ById, DELETED,
        rest="DELETE /conversations/{id}", event=True, errors=(NotFound,), bound=TINY,
    ),
)  # fmt: skip
MESSAGES = (
    Operation(
        "message:create", "Add a message to a conversation",
        Messages.create, MessageCreate, created(Message, schema=Message | AskedMessage),
        rest="POST /messages", event=True, errors=(NotFound, IdConflict, Deleted, Busy, NoProducer, RateLimited),
        bound=LARGE,
    ),
    Operation(
        "message:list", "Messages in the order of writing; the newest page first",
        Messages.list, MessageList, page_of(MessageJson, schema=Message),
        rest="GET /messages/{conversation_id}", event=True, errors=(NotFound,), scopes=READ, bound=TINY, heavy=True,
    ),
    Operation(
        "message:get", "One message",
        Messages.get, ById, one(Message),
        rest="GET /messages/detail/{id}", event=True, errors=(NotFound,), scopes=READ, bound=TINY, heavy=True,
    ),
    Operation(
        "message:update", "Change a message",
        Messages.update, MessageUpdate, updated(Message),
        rest="PUT /messages/{id}", event=True, errors=(NotFound, Stale, StillStreaming), bound=LARGE,
    ),
    Operation(
        "message:delete", "Delete a message",
        Messages.delete, ById, DELETED,
        rest="DELETE /messages/{id}", event=True, errors=(NotFound,), bound=TINY,
    ),
)  # fmt: skip
CONTEXTS = (
    Operation(
        "context:create", "Give a conversation its context",
        Contexts.create, ContextCreate, created(Context),
        rest="POST /context", event=True, errors=(NotFound, ContextExists, IdConflict, Deleted),
        bound=TWO_OBJECTS,
    ),
    Operation(
        "context:get", "The context of a conversation",
        Contexts.get, ByConversation, one(Context),
        rest="GET /context/{conversation_id}", event=True, errors=(NotFound,), scopes=READ, bound=TINY,
    ),
    Operation(
        "context:update", "Change the context of a conversation",
        Contexts.update, ContextUpdate, updated(Context),
        rest="PUT /context/{conversation_id}", event=True, errors=(NotFound, Stale), bound=TWO_OBJECTS,
    ),
    Operation(
        "context:delete", "Delete the context of a conversation",
        Contexts.delete, ByConversation, DELETED,
        rest="DELETE /context/{conversation_id}", event=True, errors=(NotFound,), bound=TINY,
    ),
)  # fmt: skip
