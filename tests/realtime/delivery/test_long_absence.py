"""The unmodified JavaScript client after an absence of 100,000 changes, while writing goes on."""

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.support.people import Person

MISSED = 100_000
WHILE_AWAY, WHILE_BACK = 5, 200

# As if each had been written by itself: the revisions follow each other.
WRITE_MANY = """
    with counted as (
        update heads set revision = revision + $3 where user_id = $1 returning revision - $3 as head
    )
    insert into messages (user_id, id, conversation_id, role, content, metadata, "timestamp", position,
                          revision, fingerprint)
    select $1, gen_random_uuid(), $2, 'user', 'missed ' || n, '{}', now(), head + n, head + n, ''
    from counted, generate_series(1, $3) n
"""


class StockClient:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(await asyncio.wait_for(self._process.stdout.readline(), 100))

    async def return_until(self, revision: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{revision}\n".encode())
        await self._process.stdin.drain()


async def a_stock_client(person: Person, repository: Path) -> StockClient:
    return StockClient(
        await asyncio.create_subprocess_exec(
            "node",
            str(repository / "tests/realtime/delivery/long_absence.mjs"),
            str(repository / "client"),
            person.instance.url,
            person.namespace,
            person.token,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
    )


@pytest.mark.timeout(180)
async def test_everything_missed_arrives_once_in_order_and_the_connection_is_recovered(
    person: Person, database_url: str, repository: Path
) -> None:
    conversation = await person.conversation()
    client = await a_stock_client(person, repository)
    assert await client.says() == "away"
    await write_many(database_url, person.id, conversation["id"])
    writing = [person.message(conversation) for _ in range(WHILE_AWAY)]
    await asyncio.gather(*writing)
    everything = MISSED + WHILE_AWAY + WHILE_BACK
    await client.return_until(1 + everything)
    for _ in range(WHILE_BACK):
        await person.message(conversation)
    assert await client.says() == {"recovered": True, "count": everything, "disordered": 0}


async def write_many(database_url: str, user_id: str, conversation_id: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(WRITE_MANY, user_id, conversation_id, MISSED)
    await connection.close()
