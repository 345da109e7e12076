"""The database becomes another one: a standby is promoted, or a backup restored."""

import asyncio

import aiohttp
import asyncpg

from storage.migrations import migrate
from tests.support.instances import running
from tests.support.people import PATIENCE, Person, register
from tests.support.standby import a_pair


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


async def test_a_database_of_another_history_gets_another_epoch_at_the_start(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url) as instance:
        person = await register(instance, http)
        async with person.device() as device:
            cursor = device.cursor
    await pretend_restored(database_url)
    async with running(database_url) as again, person.device(again, since=cursor) as device:
        assert device.received[0][1]["reason"] == "epoch"


async def test_a_server_that_is_only_started_again_keeps_its_epoch(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url) as instance:
        person = await register(instance, http)
        async with person.device() as device:
            cursor = device.cursor
    async with running(database_url) as again, person.device(again, since=cursor) as device:
        assert [one[0] for one in device.received] == ["synced"]


async def pretend_restored(database_url: str) -> None:
    """As a dump of another server is, once loaded here."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("update epoch set history = '7000000000000000000/00000001'")
    await connection.close()
