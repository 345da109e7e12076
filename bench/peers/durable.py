"""The durable work of the Python peers: ownership, number, insert and touch in one transaction."""

import asyncpg
import orjson

OWNED = "select 1 from conversations where user_id = $1 and id = $2"
NUMBER = "update heads set revision = revision + 1 where user_id = $1 returning revision"
INSERT = """
insert into messages (user_id, id, conversation_id, role, content, metadata, "timestamp", position, revision)
values ($1, $2, $3, $4, $5, '{}', clock_timestamp(), $6, $6)
returning id, conversation_id, role, content, status, metadata, "timestamp", position, revision
"""
TOUCH = "update conversations set updated_at = greatest(updated_at, $3) where user_id = $1 and id = $2"
POOL = 10  # connections, as for every contender


class NotOwned(Exception):
    """The conversation does not exist, or is somebody else's."""


async def open_pool(url: str) -> asyncpg.Pool:
    return await asyncpg.create_pool(url, min_size=POOL, max_size=POOL, init=_prepare)


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary",
        encoder=lambda value: b"\x01" + orjson.dumps(value), decoder=lambda data: orjson.loads(data[1:]),
    )  # fmt: skip
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")


async def create_message(pool: asyncpg.Pool, user_id: str, wanted: dict[str, str]) -> dict[str, object]:
    """The message, committed. asyncpg prepares each statement once for each connection."""
    where = user_id, wanted["conversation_id"]
    async with pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(OWNED, *where) is None:
            raise NotOwned(NotOwned.__doc__)
        number = await connection.fetchval(NUMBER, user_id)
        row = await connection.fetchrow(
            INSERT, user_id, wanted["id"], where[1], wanted["role"], wanted["content"], number
        )
        await connection.execute(TOUCH, *where, row["timestamp"])
    return {**row, "timestamp": row["timestamp"].isoformat()}
