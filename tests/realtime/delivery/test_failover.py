"""The database becomes another one: a standby is promoted, or a backup restored."""

import asyncio
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from bitworks.hosting.embedded.postgres import _programs
from bitworks.storage.migrations import migrate
from tests.support.instances import running
from tests.support.people import PATIENCE, Person, register
from tests.support.standby import a_pair

pytestmark = pytest.mark.servers


async def until_written(person: Person, title: str) -> None:
    """Writes as clients do: what is answered `unavailable` is repeated."""
    body = {"id": "00000000-0000-7000-8000-000000000001", "title": title}
    async with asyncio.timeout(3 * PATIENCE):
        while (answer := await person.rest("POST", "/conversations", body)).status >= 300:
            assert answer.code == "unavailable", answer


async def titles(person: Person) -> set[str]:
    return {one["title"] for one in await person.must("GET", "/conversations/me")}


async def test_a_standby_that_lagged_is_followed_and_devices_start_again(http: aiohttp.ClientSession) -> None:
    async with a_pair() as pair:
        await migrate(pair.primary)
        async with running(pair.url) as instance:
            person = await register(instance, http)
            await person.conversation(title="on both")
            await until_replicated(pair.standby)
            async with person.device() as device:
                await pair.stop_replicating()
                await person.conversation(title="only on the primary")
                cursor = device.cursor
                await pair.fail_over()
                await until_written(person, "on the standby")
                await device.until(lambda d: not d.client.connected)
            async with person.device(since=cursor) as device:
                assert device.received[0][:1] == ("sync:reset",)
                assert device.received[0][1]["reason"] == "epoch"
            assert await titles(person) == {"on both", "on the standby"}


async def until_replicated(standby: str) -> None:
    connection = await asyncpg.connect(standby)
    async with asyncio.timeout(PATIENCE):
        while not await connection.fetchval("select count(*) from conversations"):
            pass
    await connection.close()


async def test_a_restored_dump_begins_another_epoch_by_itself(
    database_url: str, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with running(database_url) as instance:
        person = await register(instance, http)
        await person.conversation(title="in the backup")
        await run("pg_dump", "-Fc", "-d", database_url, "-f", tmp_path / "backup")
        await person.conversation(title="after it")
        async with person.device() as device:
            cursor = device.cursor
    await run("pg_restore", "--clean", "-d", database_url, tmp_path / "backup")
    async with running(database_url) as instance:
        person = Person(instance, http, person.tokens)
        await person.conversation(title="of the same revision")
        async with person.device(since=cursor) as device:
            assert device.received[0][1]["reason"] == "epoch"
        assert await titles(person) == {"in the backup", "of the same revision"}


async def run(program: str, *arguments: object) -> None:
    process = await asyncio.create_subprocess_exec(_programs() / program, *map(str, arguments))
    assert await process.wait() == 0


async def test_a_server_that_is_only_started_again_keeps_its_epoch(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url) as instance:
        person = await register(instance, http)
        async with person.device() as device:
            cursor = device.cursor
    async with running(database_url) as again, person.device(again, since=cursor) as device:
        assert [one[0] for one in device.received] == ["synced"]
