"""Reading a window costs the window, not the conversation."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from bitworks.core.ids import ConversationId, UserId
from bitworks.features.window.choice import Candidates
from bitworks.features.window.store import ReadBounds
from bitworks.hosting.stores import Stores

ROOM = 8_000
ROLES = "case when n % 50 = 0 then 'user' when n % 3 = 0 then 'tool' else 'assistant' end"


async def a_conversation(connection: asyncpg.Connection, messages: int) -> tuple[UserId, ConversationId]:
    """Of somebody's own, with so many messages of 20 tokens."""
    user_id, id_ = str(uuid4()), str(uuid4())
    await connection.execute(
        f"""
        insert into users values ('{user_id}', '{user_id}@example.org', '', now());
        insert into heads (user_id, revision) values ('{user_id}', {messages} + 1);
        insert into conversations (user_id, id, metadata, created_at, updated_at, position, revision,
                                   fingerprint, message_total, token_total)
            values ('{user_id}', '{id_}', '{{}}', now(), now(), 1, 1, '', {messages}, {messages} * 20);
        insert into messages (user_id, id, conversation_id, role, content, metadata, token_count, timestamp,
                              position, revision, fingerprint)
            select '{user_id}', gen_random_uuid(), '{id_}', {ROLES}, repeat('x', 80), '{{}}', 20, now(),
                   n, n, ''
            from generate_series(2, {messages} + 1) n;
        """
    )
    return UserId(user_id), ConversationId(id_)


async def blocks_touched(connection: asyncpg.Connection) -> int:
    """How many blocks of messages have been looked at so far."""
    await connection.execute("select pg_stat_clear_snapshot()")
    touched: int = await connection.fetchval(
        "select heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit"
        " from pg_statio_user_tables where relname = 'messages'"
    )
    return touched


async def read_and_count(
    stores: Stores, connection: asyncpg.Connection, place: tuple[UserId, ConversationId]
) -> tuple[Candidates, int]:
    """A window, and the blocks that reading it took."""
    bounds = ReadBounds([], ROOM, None)
    await stores.windows.read(*place, bounds)
    await flushed(stores)
    before = await blocks_touched(connection)
    read = await stores.windows.read(*place, bounds)
    await flushed(stores)
    return read, await blocks_touched(connection) - before


async def flushed(stores: Stores) -> None:
    """The server tells what a connection did when it is asked to, or now and then."""
    for idle, _ in stores.windows.database.pool._idle:
        await idle.execute("select pg_stat_force_next_flush()")
        await idle.execute("select 1")


async def test_a_conversation_of_100_000_messages_costs_what_one_of_1000_does(
    stores: Stores, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    short, long = await a_conversation(connection, 1_000), await a_conversation(connection, 100_000)
    await connection.execute("vacuum analyze messages")
    of_short, blocks_of_short = await read_and_count(stores, connection, short)
    of_long, blocks_of_long = await read_and_count(stores, connection, long)
    await connection.close()
    assert len(of_short.others) == len(of_long.others) < 400
    assert blocks_of_short > 0
    assert blocks_of_long <= 1.2 * blocks_of_short


async def test_what_is_written_later_than_asked_is_not_there(stores: Stores, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    place = await a_conversation(connection, 100)
    await connection.close()
    read = await stores.windows.read(*place, ReadBounds([], ROOM, None, until=51))
    assert (read.totals.messages, read.totals.tokens) == (50, 1_000)
    assert max(message.position for message in [*read.fixed, *read.others]) == 51
    assert [message.position for message in read.fixed] == [50, 51]


@pytest.mark.parametrize("room", [0, 24, 100, 5_000])
async def test_no_content_is_read_that_cannot_fit(stores: Stores, database_url: str, room: int) -> None:
    connection = await asyncpg.connect(database_url)
    place = await a_conversation(connection, 400)
    await connection.close()
    read = await stores.windows.read(*place, ReadBounds([], room, None))
    contents: list[Any] = [message.content for message in read.others if message.content is not None]
    assert len(contents) * 24 <= room
    assert len(read.others) <= len(contents) + 1
