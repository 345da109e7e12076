"""A long text at its end: it is counted exactly, and holds up nothing else of its user."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import aiohttp
import pytest

from bitworks.features.models import vocabularies
from bitworks.features.models.known_models import Vocabulary
from bitworks.features.models.token_counter import TokenCache, TokenCounter
from tests.features.streaming.test_stream_owners import without_redis
from tests.support.instances import Instance
from tests.support.people import PATIENCE, Person, register
from tests.support.streaming import Writer, forget_the_producer, start_writing
from tests.support.talks import ended, until

PART = "What would we do in Málaga, if it rained? Nobody knows.\n" * 1_780
PARTS = 10


@dataclass(slots=True)
class Gate:
    """Counting a long text begins, and goes on only when it is told to."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
def gate(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate, counted = Gate(), TokenCounter.count

    async def count(
        self: TokenCounter, text: str, vocabulary: Vocabulary, known: TokenCache | None = None
    ) -> int:
        if len(text) > len(PART):
            gate.begun.set()
            await gate.opened.wait()
        return await counted(self, text, vocabulary, known)

    monkeypatch.setattr(TokenCounter, "count", count)
    yield gate
    gate.opened.set()


def tokens(text: str) -> int:
    return len(vocabularies.load("o200k_base").encode_ordinary(text))


End = Callable[[Instance, Writer, str], Awaitable[object]]


async def stop(instance: Instance, writer: Writer, database_url: str) -> object:
    return await writer.stop()


async def finish(instance: Instance, writer: Writer, database_url: str) -> object:
    return await writer.finish()


async def drain(instance: Instance, writer: Writer, database_url: str) -> object:
    return await instance.app.keeper.drain()


async def reap(instance: Instance, writer: Writer, database_url: str) -> object:
    while (held := await writer.append(""))["durable"] < held["length"]:
        pass  # what is still to be made durable would be heard of
    await forget_the_producer(database_url)
    return await instance.app.keeper.reap()


@pytest.mark.parametrize("end", [stop, finish, drain, reap])
async def test_nothing_waits_until_a_million_characters_are_counted(
    instance: Instance, person: Person, gate: Gate, database_url: str, end: End
) -> None:
    writer = await start_writing(person)
    for _ in range(PARTS):
        await writer.append(PART)
    ending = asyncio.create_task(end(instance, writer, database_url))
    async with asyncio.timeout(PATIENCE):
        await gate.begun.wait()
        await person.conversation(title="meanwhile")
    assert not ending.done()
    gate.opened.set()
    await ending
    message = await ended(person, writer.id)
    assert message["content"] == PART * PARTS
    assert message["token_count"] == tokens(PART * PARTS)


async def test_what_the_owner_writes_while_another_instance_counts_is_in_it_and_counted(
    database_url: str, http: aiohttp.ClientSession, gate: Gate
) -> None:
    more = " And more."
    async with without_redis(database_url) as (owner, other):
        person = await register(owner, http)
        writer = await start_writing(person)
        for _ in range(PARTS):
            await writer.append(PART)
        text = PART * PARTS
        await until(person, writer.id, lambda message: message["content"] == text)
        stopping = asyncio.create_task(writer.stop(other))
        async with asyncio.timeout(2 * PATIENCE):
            await gate.begun.wait()
        await writer.append(more)
        await until(person, writer.id, lambda message: message["content"] == text + more)
        gate.opened.set()
        stopped = await stopping
        assert (stopped["status"], stopped["content"]) == ("stopped", text + more)
        assert stopped["token_count"] == tokens(text + more)
