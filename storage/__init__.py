"""The only SQL: everything that is kept, in PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from storage.accounts import Accounts
from storage.changes import Changes
from storage.contexts import Contexts
from storage.conversations import Conversations
from storage.database import Database
from storage.message_writer import MessageWriter
from storage.messages import Messages
from storage.replies import Replies
from storage.revisions import Revisions
from storage.sessions import Sessions
from storage.streams import Streams
from storage.summaries import Summaries
from storage.windows import Windows


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
