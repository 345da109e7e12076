"""The kinds of rows that make up the history."""

from bitworks.features.history.records import (
    Context,
    Conversation,
    DeletedContext,
    DeletedConversation,
    DeletedMessage,
    Message,
)
from bitworks.storage import queries
from bitworks.storage.kinds import Kind

# The columns are those of the records, in any order: `Kind.from_row` reads them by name.
CONVERSATION = Kind(
    record=Conversation,
    tombstone=DeletedConversation,
    table="conversations",
    columns={
        "user_id": "uuid",
        "title": "text",
        "metadata": "jsonb",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
    },
    statements=queries.load(__name__, "store/conversations"),
    insert_takes=("title", "metadata", "now", "revision", "fingerprint"),
    update_takes=("title", "metadata", "now", "revision"),
)
MESSAGE = Kind(
    record=Message,
    tombstone=DeletedMessage,
    table="messages",
    columns={
        "conversation_id": "uuid",
        "role": "text",
        "content": "text",
        "status": "text",
        "metadata": "jsonb",
        "token_count": "integer",
        "timestamp": "timestamptz",
        "edited_at": "timestamptz",
    },
    statements=queries.load(__name__, "store/messages"),
)
CONTEXT = Kind(
    record=Context,
    tombstone=DeletedContext,
    table="contexts",
    columns={
        "conversation_id": "uuid",
        "context_window": "jsonb",
        "parameters": "jsonb",
        "summary": "jsonb",
    },
    statements=queries.load(__name__, "store/contexts"),
)
KINDS = (CONVERSATION, MESSAGE, CONTEXT)
