"""Opens the stores of all features over one pool of connections."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bitworks.core.clock import Clock
from bitworks.features.accounts.store.accounts import AccountStore
from bitworks.features.accounts.store.sessions import SessionStore
from bitworks.features.history.store.contexts import ContextStore
from bitworks.features.history.store.conversations import ConversationStore
from bitworks.features.history.store.message_writer import MessageWriter
from bitworks.features.history.store.messages import MessageStore
from bitworks.features.replies.store import ReplyShares, ReplyStore
from bitworks.features.replies.summaries.store import SummaryJobs
from bitworks.features.streaming.store import StreamStore
from bitworks.features.streaming.timings import StreamTimings
from bitworks.features.sync.store import ChangeStore
from bitworks.features.window.store import WindowStore
from bitworks.hosting.clock import now
from bitworks.hosting.kinds import KINDS
from bitworks.storage.database import Database
from bitworks.storage.kinds import Kind, Kinds
from bitworks.storage.pooler import Pooler
from bitworks.storage.revisions import Revisions


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of an instance, one for each noun. A feature is given those that it needs, never all."""

    database: Database
    """The pool of connections."""
    revisions: Revisions
    """Heads, epochs and transactions that draw revisions."""
    accounts: AccountStore
    """Accounts."""
    sessions: SessionStore
    """Sign-ins."""
    conversations: ConversationStore
    """Conversations."""
    messages: MessageStore
    """Messages."""
    contexts: ContextStore
    """The settings and the summary of each conversation."""
    streams: StreamStore
    """Streaming messages."""
    replies: ReplyStore
    """Replies, which are jobs."""
    summaries: SummaryJobs
    """Jobs of summaries."""
    windows: WindowStore
    """Candidates of windows."""
    changes: ChangeStore
    """Changes of all kinds since a revision."""


@asynccontextmanager
async def open_stores(
    url: str,
    connections: int = 10,
    *,
    pooler: Pooler = "auto",
    kinds: Sequence[Kind[Any]] = KINDS,
    stream_timings: StreamTimings | None = None,
    clock: Clock = now,
    reply_shares: ReplyShares | None = None,
) -> AsyncIterator[Stores]:
    """The stores of a migrated database, over `connections` connections. Leaving waits for the writes under way.

    Raises `NotMigrated`, `Unavailable`, `BadDatabaseUrl`, `WrongEncoding`.
    """
    database = await Database.connect(url, connections, pooler)
    writer = MessageWriter(database)
    revisions = Revisions(database)
    streams = StreamStore(database, revisions, stream_timings or StreamTimings())
    try:
        yield Stores(
            database=database,
            revisions=revisions,
            accounts=AccountStore(database),
            sessions=SessionStore(database),
            conversations=ConversationStore(database, revisions),
            messages=MessageStore(database, revisions, writer),
            contexts=ContextStore(database, revisions),
            streams=streams,
            replies=ReplyStore(database, revisions, streams, clock, reply_shares or ReplyShares()),
            summaries=SummaryJobs(database),
            windows=WindowStore(database),
            changes=ChangeStore(database, Kinds.of(kinds)),
        )
    finally:
        await writer.close()
        await database.close()
