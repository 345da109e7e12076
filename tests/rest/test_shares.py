"""Whoever asks for much at once waits behind nobody's requests but their own, and is told when it is too much."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tests.support.people import PATIENCE, Person


@asynccontextmanager
async def reading_is_held(database_url: str, table: str) -> AsyncIterator[None]:
    """Whoever reads this table waits until the block ends."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute(f"lock table {table} in access exclusive mode")
            yield
    finally:
        await connection.close()


async def test_one_user_searches_once_at_a_time_and_some_wait(database_url: str, person: Person) -> None:
    await person.conversation(title="Rome")
    async with reading_is_held(database_url, "conversations"):
        searches = [
            asyncio.create_task(person.rest("GET", "/conversations/me?title=rome")) for _ in range(12)
        ]
        done, waiting = await asyncio.wait(searches, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        (refused,) = [one.result() for one in done]
        assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "rate_limited", "1")
        # The others hold one connection between them, so all else goes on.
        assert (await person.rest("GET", "/auth/verify")).status == 200
    answers = await asyncio.gather(*waiting)
    assert [answer.status for answer in answers] == [200] * 11
    assert all(answer.body[0]["title"] == "Rome" for answer in answers)
