"""The relay, its commands, and what a server does without its broker."""

import asyncio
import subprocess

import aiohttp
import pytest

from bitworks.storage.followers import Followers
from tests.support.children import child
from tests.support.instances import SECRET, running
from tests.support.people import PATIENCE, register, request
from tests.support.program import PROGRAM, bitworks, environment, stop
from tests.support.rabbitmq import consuming

NOWHERE = "amqp://127.0.0.1:1/"


@pytest.mark.servers
async def test_a_relay_apart_tells_what_others_write(
    database_url: str, amqp_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    settings = environment(
        database_url=database_url, secret_key=SECRET, redis_url=redis_url, amqp_url=amqp_url
    )
    async with (
        running(database_url, redis_url=redis_url, amqp_url=amqp_url, amqp_relay="off") as instance,
        consuming(amqp_url) as consumer,
    ):
        person = await register(instance, http)
        with child([*PROGRAM, "relay"], env=settings, stderr=subprocess.PIPE, text=True) as process:
            await person.message(await person.conversation())
            await consumer.until(lambda one: "message.created" in one.types())
            async with asyncio.timeout(PATIENCE):
                while (await Followers(instance.app.stores.database).progress())[0].behind:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            stop(process)
            assert process.returncode == 0
            assert process.stderr is not None
            with process.stderr as log:
                assert "Traceback" not in log.read()
        assert followers(database_url)[:4] == ["relay", instance.app.epoch.id, "0", "0"]
        email = person.tokens["user"]["email"]
        again = bitworks("relay", "replay", "--user", email, database_url=database_url, secret_key=SECRET)
        assert again.returncode == 0, again.stderr
        assert followers(database_url)[:4] == ["relay", instance.app.epoch.id, "1", "2"]


def followers(database_url: str) -> list[str]:
    """The cells of the one follower that the command shows."""
    shown = bitworks("followers", database_url=database_url, secret_key=SECRET)
    assert shown.returncode == 0, shown.stderr
    [line] = [line for line in shown.stdout.splitlines() if "relay" in line]
    return [cell.strip() for cell in line.strip("│ ").split("│")]


@pytest.mark.servers
@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["relay"], "AMQP_URL is not set", 1),
        (["relay", "replay"], "give either --user or --all", 2),
        (["relay", "replay", "--all"], "No relay has run on this database yet", 1),
        (["followers", "forget", "nobody"], "There is no follower nobody", 1),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], said: str, code: int, database_url: str
) -> None:
    done = bitworks(*arguments, database_url=database_url, secret_key=SECRET)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_server_is_ready_and_writes_without_its_broker(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, amqp_url=NOWHERE) as instance:
        assert (await request(http, "GET", f"{instance.url}/readyz")).status == 200
        person = await register(instance, http)
        assert (await person.message(await person.conversation()))["id"]


@pytest.mark.servers
def test_a_url_that_cannot_be_read_stops_the_start_and_shows_no_password(database_url: str) -> None:
    done = bitworks("serve", database_url=database_url, secret_key=SECRET, amqp_url="http://ada:hidden@one")
    assert done.returncode == 2
    assert done.stderr.startswith("AMQP_URL: ")
    assert "hidden" not in done.stderr
