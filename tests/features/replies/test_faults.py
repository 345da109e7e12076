"""Answers that go on, or end, though Redis or the instance that writes them is killed in the middle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from bitworks.storage.jobs import WorkTimings
from tests.support.chat_server import ChatServer, Script, Talk, chat_server, streams
from tests.support.children import kill
from tests.support.instances import Instance, running
from tests.support.people import Json, Person, register
from tests.support.processes import a_process
from tests.support.streaming import Screen
from tests.support.talks import ask, ended
from tests.support.valkeys import a_node

TALE = [f"{n} 😀 " for n in range(60)]
WHOLE = "".join(TALE)
HALF = "".join(TALE[:30])
BOUND = 60.0  # seconds after which a message whose producer is silent has ended, says the contract


@dataclass(slots=True)
class Teller:
    """A model that tells its tale up to the middle, and goes on when it is let."""

    go_on: asyncio.Event

    async def script(self, talk: Talk) -> None:
        await talk.begin()
        for n, word in enumerate(TALE):
            if n == 30:
                await self.go_on.wait()
            await talk.say(word)
            await asyncio.sleep(0.005)
        await talk.end()


@pytest.fixture
def teller() -> Teller:
    return Teller(asyncio.Event())


@dataclass(slots=True)
class Audience:
    """Somebody who asked, and three screens on two instances."""

    person: Person
    message_id: str
    screens: list[Screen]

    async def until_all_show(self, text: str) -> None:
        for screen in self.screens:
            await screen.until(text)

    async def until_all_saw_the_end(self, status: str) -> Json:
        """All of them, and PostgreSQL, have the same; nothing was doubled or taken back on the way."""
        message = await ended(self.person, self.message_id)
        assert message["status"] == status
        assert WHOLE.startswith(message["content"])
        for screen in self.screens:
            assert await screen.until_ended() == message
            assert screen.text == message["content"]
            screen.assert_grew_steadily()
        return message


@asynccontextmanager
async def an_audience(person: Person, *places: Instance) -> AsyncIterator[Audience]:
    """With a device at each of these places, somebody asks."""
    conversation = await person.conversation(title="A tale")
    async with AsyncExitStack() as stack:
        devices = [await stack.enter_async_context(person.device(place)) for place in places]
        message_id = (await ask(person, conversation))["reply"]["message_id"]
        yield Audience(person, message_id, [Screen(device, message_id) for device in devices])


@asynccontextmanager
async def two_that_answer(
    database_url: str, redis_url: str, *scripts: Script
) -> AsyncIterator[tuple[Instance, Instance]]:
    async with (
        chat_server(*scripts) as server,
        running(database_url, redis_url=redis_url, **answers(server)) as one,
        running(database_url, redis_url=redis_url, **answers(server)) as other,
    ):
        yield one, other


def answers(server: ChatServer) -> dict[str, object]:
    return {"reply_base_url": server.url, "reply_model": "tiny"}


# Redis


@pytest.mark.parametrize("comes_back", [False, True], ids=["for good", "for a while"])
async def test_an_answer_goes_on_though_redis_is_killed_in_the_middle(
    database_url: str, tmp_path: Path, http: aiohttp.ClientSession, teller: Teller, comes_back: bool
) -> None:
    async with (
        a_node(tmp_path) as redis,
        two_that_answer(database_url, f"redis://127.0.0.1:{redis.port}", teller.script) as (one, other),
        an_audience(await register(one, http), one, one, other) as audience,
    ):
        await audience.until_all_show(HALF)
        await asyncio.to_thread(redis.kill)
        teller.go_on.set()
        if comes_back:
            await audience.screens[-1].device.until(lambda _: audience.screens[-1].text != HALF)
            await asyncio.to_thread(redis.come_back)
        message = await audience.until_all_saw_the_end("complete")
        assert message["content"] == WHOLE


async def test_an_answer_is_stopped_from_the_other_instance_while_redis_is_dead(
    database_url: str, tmp_path: Path, http: aiohttp.ClientSession, teller: Teller
) -> None:
    async with (
        a_node(tmp_path) as redis,
        two_that_answer(database_url, f"redis://127.0.0.1:{redis.port}", teller.script) as (one, other),
        an_audience(await register(one, http), one, one, other) as audience,
    ):
        await audience.until_all_show(HALF)
        await asyncio.to_thread(redis.kill)
        device = audience.screens[-1].device
        stopped = (await device.call("message:stop", {"id": audience.message_id}))["data"]
        assert (stopped["status"], stopped["content"]) == ("stopped", HALF)
        teller.go_on.set()
        assert await audience.until_all_saw_the_end("stopped") == stopped


# The instance that writes


async def let_the_lease_run_out(database_url: str) -> float:
    """As if its worker had been silent for so long; gives for how many seconds more it had the answer."""
    connection = await asyncpg.connect(database_url)
    left: float = await connection.fetchval(
        "select extract(epoch from leased_until - clock_timestamp())::float from replies"
    )
    await connection.execute("update replies set leased_until = clock_timestamp()")
    await connection.close()
    return left


async def test_an_answer_whose_serving_instance_is_killed_is_ended_by_the_other_with_all_that_was_shown(
    database_url: str, redis_url: str, http: aiohttp.ClientSession, teller: Teller
) -> None:
    async with chat_server(teller.script, streams(["Better."])) as server, AsyncExitStack() as stack:
        process, doomed = await stack.enter_async_context(
            a_process(database_url, redis_url, **answers(server))
        )
        person = await register(doomed, http)
        audience = await stack.enter_async_context(an_audience(person, doomed))
        # It alone was there to take the question up; the other comes now, and shows it from the middle on.
        other = await stack.enter_async_context(running(database_url, redis_url=redis_url, **answers(server)))
        desks = [await stack.enter_async_context(person.device(other, since="0")) for _ in range(2)]
        audience.screens += [Screen(desk, audience.message_id) for desk in desks]
        await audience.until_all_show(HALF)
        await asyncio.to_thread(kill, process)
        # Whoever looks once a second for what nobody works on finds it then.
        assert await let_the_lease_run_out(database_url) + WorkTimings().poll < BOUND
        await audience_returns(stack, audience, other)
        message = await audience.until_all_saw_the_end("interrupted")
        assert message["content"] == HALF
        again = await person.must("POST", f"/messages/{audience.message_id}/reply", {})
        assert (await ended(person, again["reply"]["message_id"]))["content"] == "Better."


async def audience_returns(stack: AsyncExitStack, audience: Audience, to: Instance) -> None:
    """The screens of a killed instance come back at another, with what they hold."""
    audience.person.instance = to
    lost = audience.screens[0].device
    await lost.until(lambda device: not device.client.connected)
    returned = await stack.enter_async_context(audience.person.device(to, since=lost.cursor))
    returned.received[:0] = lost.received
    audience.screens[0] = Screen(returned, audience.message_id)
