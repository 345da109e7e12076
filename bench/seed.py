"""Users, conversations and messages, put into the tables by SQL: for ours and for the peers."""

import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg

from bench.wire import Account
from bitworks.core.cursors import Cursor
from bitworks.core.ids import Revision, SessionId, UserId
from bitworks.features.accounts.tokens import Claims, sign

LIFETIME = timedelta(days=1)
TOKENS = 50  # of a message, whatever its text
# What is written in turn, as people and models write it.
SAID = (
    "What follows from that?",
    "A **short** answer, with `code` in it, and some more words to fill a line and half of another.",
    "And then? I would like to know more of it, if you please.",
    "- one thing\n- another thing, which has some more words to it\n- and a [link](https://example.org/)",
    "Thank you.",
    "You are welcome. " + "There are words enough here for a few lines of the page, as answers have. " * 4,
    "Show me some code.",
    "```python\ndef double(x: int) -> int:\n    return 2 * x  # twice\n```",
    "As a table, please.",
    "| a | b |\n| - | - |\n| 1 | 2 |\n| 3 | 4 |",
)
OURS = """
with people as (
    select * from unnest($1::uuid[], $2::uuid[]) as p(id, session)
), added as (
    insert into users (user_id, email, password_hash, created_at)
    select id, id || '@example.org', '', now() from people
), logged as (
    insert into logins (email, user_id) select id || '@example.org', id from people
), counted as (
    insert into heads (user_id, revision) select id, 1 from people
), signed as (
    insert into sessions (user_id, id, created_at, rotated_at, expires_at, address, user_agent)
    select id, session, now(), now(), now() + interval '1 day', '', 'bench' from people
)
insert into conversations
    (user_id, id, title, metadata, created_at, updated_at, position, revision, fingerprint)
select user_id, conversation, 'bench', '{}', now(), now(), 1, 1, ''
from unnest($1::uuid[], $3::uuid[]) as c(user_id, conversation)
"""
PEERS = """
with counted as (
    insert into heads (user_id, revision) select unnest($1::uuid[]), 1
)
insert into conversations (user_id, id, title, position, revision)
select user_id, conversation, 'bench', 1, 1 from unnest($1::uuid[], $3::uuid[], $2::uuid[]) as
    c(user_id, conversation, unused)
"""
MESSAGES = """
insert into messages (user_id, id, conversation_id, role, content, metadata, "timestamp", position,
                      revision {columns})
select $1, gen_random_uuid(), $2, 'user', repeat('x', $4), '{{}}', now(), n, n {values}
from generate_series($3::bigint + 1, $3::bigint + $5) n
"""
TOTALS = """
update conversations set message_total = message_total + $3, token_total = token_total + $4
where user_id = $1 and id = $2
"""
TALK = """
insert into messages (user_id, id, conversation_id, role, content, metadata, "timestamp", position,
                      revision, token_count, fingerprint)
select $1, gen_random_uuid(), $2, case n % 2 when 0 then 'user' else 'assistant' end,
       'No. ' || n || ': ' || ($3::text[])[n % cardinality($3) + 1], '{}',
       now() - ($4::bigint - n) * interval '1 minute', n + 1, n + 1, $5, ''
from generate_series(1, $4::bigint) n
"""
BACKLOG = """
insert into messages (user_id, id, conversation_id, role, content, metadata, "timestamp", position,
                      revision, token_count, fingerprint)
select user_id, gen_random_uuid(), conversation, 'user', repeat('x', 200), '{}', now(), n, n, 50, ''
from unnest($1::uuid[], $2::uuid[]) as c(user_id, conversation), generate_series(2, $3::bigint + 1) n
"""
CONVERSATIONS = """
insert into conversations
    (user_id, id, title, metadata, created_at, updated_at, position, revision, fingerprint)
select $1, gen_random_uuid(), 'bench', '{}', now(), now() - n * interval '1 second', n, n, ''
from generate_series(2, $2::bigint + 1) n
"""


async def add_users(connection: asyncpg.Connection, secret: str, count: int, *, ours: bool) -> list[Account]:
    """New users with a conversation each, at revision 1."""
    ids, sessions, conversations = _new_ids(count)
    await connection.execute(OURS if ours else PEERS, ids, sessions, conversations)
    now = datetime.now(UTC)
    return [
        Account(
            id_, sign(secret, "access", Claims(UserId(id_), SessionId(session), now + LIFETIME), now), chat
        )
        for id_, session, chat in zip(ids, sessions, conversations, strict=True)
    ]


def _new_ids(count: int) -> tuple[list[str], ...]:
    return tuple([str(uuid.uuid4()) for _ in range(count)] for _ in range(3))


async def add_crowd(connection: asyncpg.Connection, count: int, *, messages: int) -> None:
    """Users of ours who only fill the tables: nobody has a token of theirs."""
    ids, sessions, conversations = _new_ids(count)
    await connection.execute(OURS, ids, sessions, conversations)
    async with _unchecked(connection):
        await connection.execute(BACKLOG, ids, conversations, messages)


@asynccontextmanager
async def _unchecked(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """No look at foreign keys: what is added here refers to what is there, and a million looks take long."""
    await connection.execute("set session_replication_role = replica")
    try:
        yield
    finally:
        await connection.execute("reset session_replication_role")


async def add_messages(
    connection: asyncpg.Connection,
    account: Account,
    count: int,
    *,
    ours: bool,
    after: int = 1,
    size: int = 200,
) -> None:
    """Messages at the revisions behind `after`, which is where the user stands."""
    statement = MESSAGES.format(
        columns=", token_count, fingerprint" if ours else "", values=f", {TOKENS}, ''" if ours else ""
    )
    async with _unchecked(connection):
        await connection.execute(statement, account.id, account.conversation, after, size, count)
    await connection.execute("update heads set revision = $2 where user_id = $1", account.id, after + count)
    if ours:
        await connection.execute(TOTALS, account.id, account.conversation, count, count * TOKENS)


async def add_talk(connection: asyncpg.Connection, account: Account, count: int) -> None:
    """Numbered messages of Markdown, one a minute up to now, in an empty conversation of ours."""
    async with _unchecked(connection):
        await connection.execute(TALK, account.id, account.conversation, SAID, count, TOKENS)
    await connection.execute("update heads set revision = $2 where user_id = $1", account.id, count + 1)
    await connection.execute(TOTALS, account.id, account.conversation, count, count * TOKENS)


async def add_conversations(connection: asyncpg.Connection, account: Account, count: int) -> None:
    """Conversations of one of our users, each older than the one before."""
    await connection.execute(CONVERSATIONS, account.id, count)
    await connection.execute("update heads set revision = $2 where user_id = $1", account.id, count + 1)


async def add_backlog(connection: asyncpg.Connection, accounts: list[Account], count: int) -> str:
    """Messages for each of our users, and the cursor of before them."""
    ids = [one.id for one in accounts]
    await connection.execute(BACKLOG, ids, [one.conversation for one in accounts], count)
    await connection.execute(
        "update heads set revision = $2 where user_id = any ($1::uuid[])", ids, count + 1
    )
    return await cursor(connection, 1)


async def cursor(connection: asyncpg.Connection, revision: int) -> str:
    """Everything of ours up to this revision."""
    return str(Cursor(await connection.fetchval("select id from epoch"), Revision(revision)))


def new_secret() -> str:
    return secrets.token_urlsafe(48)
