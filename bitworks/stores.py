"""The only SQL: everything that is kept, in PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bitworks.features.accounts.store.accounts import Accounts
from bitworks.features.accounts.store.sessions import Sessions
from bitworks.features.history.store.contexts import Contexts
from bitworks.features.history.store.conversations import Conversations
from bitworks.features.history.store.message_writer import MessageWriter
from bitworks.features.history.store.messages import Messages
from bitworks.features.replies.store import Replies
from bitworks.features.replies.summaries.store import Summaries
from bitworks.features.streaming.store import Streams
from bitworks.features.sync.store import Changes
from bitworks.features.window.store import Windows
from bitworks.storage.database import Database
from bitworks.storage.revisions import Revisions


@dataclass(frozen=True, slots=True)
class Storage:
    """One room for each noun, over one pool."""

    accounts: Accounts
    sessions: Sessions
    conversations: Conversations
    messages: Messages
    streams: Streams
    replies: Replies
    contexts: Contexts
    summaries: Summaries
    windows: Windows
    changes: Changes
    revisions: Revisions


@asynccontextmanager
async def open_storage(url: str, connections: int = 10) -> AsyncIterator[Storage]:
    """Storage on a migrated database. Leaving waits for the writes under way."""
    database = await Database.connect(url, connections)
    writer = MessageWriter(database)
    revisions = Revisions(database)
    try:
        yield Storage(
            accounts=Accounts(database),
            sessions=Sessions(database),
            conversations=Conversations(database, revisions),
            messages=Messages(database, revisions, writer),
            streams=Streams(database, revisions),
            replies=Replies(database, revisions),
            contexts=Contexts(database, revisions),
            summaries=Summaries(database),
            windows=Windows(database),
            changes=Changes(database),
            revisions=revisions,
        )
    finally:
        await writer.close()
        await database.close()
