"""Messages that grow, for those who should not write them, or not any more: through both doors, on the
instance that owns the message and on another.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest

from tests.support.doors import Door, RestDoor, SocketDoor
from tests.support.instances import Instance
from tests.support.people import Json, Person, register
from tests.support.streaming import Screen, Writer, start_writing

Instances = tuple[Instance, Instance]

ATTACKS: dict[str, Json] = {
    "message:append": {"text": "taken"},
    "message:finish": {"status": "failed", "metadata": {"error": "taken"}},
    "message:stop": {},
    "message:reply": {},
    "message:get": {},
    "message:update": {"content": "taken"},
}
# What of these is a producer's, and refused once the message has ended.
LATE = {"message:append": {"text": "late"}, "message:finish": {"metadata": {"model": "late"}}}


@pytest.fixture
async def writer(instances: Instances, http: aiohttp.ClientSession) -> Writer:
    """Somebody whose message grows on the first instance."""
    writer = await start_writing(await register(instances[0], http))
    await writer.append("secret")
    return writer


@asynccontextmanager
async def all_doors(person: Person, instances: Instances) -> AsyncIterator[list[Door]]:
    """Both doors of both instances."""
    async with AsyncExitStack() as stack:
        devices = [await stack.enter_async_context(person.device(one)) for one in instances]
        rest: list[Door] = [RestDoor(replace(person, instance=one)) for one in instances]
        yield [*rest, *(SocketDoor(device) for device in devices)]


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_stranger_s_call_upon_a_message_that_grows_is_as_upon_nothing(
    instances: Instances, http: aiohttp.ClientSession, writer: Writer, attack: str
) -> None:
    stranger = await register(instances[1], http)
    async with writer.person.device() as victim, all_doors(stranger, instances) as doors:
        before = list(victim.received)
        for door in doors:
            upon_it = await door.call(attack, {"id": writer.id, **ATTACKS[attack]})
            upon_nothing = await door.call(attack, {"id": str(uuid.uuid4()), **ATTACKS[attack]})
            assert upon_it.code == "not_found"
            assert upon_it == upon_nothing
        assert victim.received == before
        assert (await writer.finish())["content"] == "secret"


async def test_a_message_of_the_same_id_grows_for_each_of_its_users_alone(
    instances: Instances, http: aiohttp.ClientSession, writer: Writer
) -> None:
    stranger = await register(instances[1], http)
    other = await start_writing(stranger, id=writer.id)
    async with writer.person.device() as victim, stranger.device() as theirs:
        for n in range(5):
            await other.append(f"theirs {n} ", instance=instances[n % 2])
            await writer.append(f" {n}", instance=instances[n % 2])
        assert (await other.stop(instances[0]))["content"] == "".join(f"theirs {n} " for n in range(5))
        await writer.append(" more")
        assert (await writer.finish(instances[1]))["content"] == "secret 0 1 2 3 4 more"
        assert "theirs" not in (await Screen(victim, writer.id).until_ended())["content"]
        assert "secret" not in str(theirs.received)


async def test_two_producers_that_do_not_know_of_each_other_lose_and_double_nothing(
    instances: Instances, writer: Writer
) -> None:
    async with all_doors(writer.person, instances) as doors:

        async def produce(number: int, door: Door) -> None:
            for n in range(15):
                outcome = await door.call("message:append", {"id": writer.id, "text": f" {number}.{n}"})
                assert outcome.ok, outcome

        await asyncio.gather(*(produce(number, door) for number, door in enumerate(doors)))
        words = (await writer.finish())["content"].split()
        assert words[0] == "secret"
        for number in range(len(doors)):
            mine = [word for word in words if word.startswith(f"{number}.")]
            assert mine == [f"{number}.{n}" for n in range(15)]
        assert len(words) == 1 + 15 * len(doors)


async def test_two_producers_whose_texts_differ_are_not_mixed(instances: Instances, writer: Writer) -> None:
    """Whoever says where their text begins finds that there is another's already: the first one stands."""
    async with all_doors(writer.person, instances) as doors:
        length = len("secret")
        appended = [
            await door.call("message:append", {"id": writer.id, "text": text, "offset": length})
            for door, text in zip(doors, ("AAAA", "BBBB", "CC", ""), strict=True)
        ]
        assert [one.data["length"] for one in appended] == [length + 4] * 4
        beyond = [
            await door.call("message:append", {"id": writer.id, "text": "x", "offset": length + 5})
            for door in doors
        ]
        assert [(one.code, one.current["length"]) for one in beyond] == [("out_of_order", length + 4)] * 4
        assert (await writer.finish())["content"] == "secretAAAA"


@pytest.mark.parametrize("ended_at", [0, 1], ids=["by the owner", "by the other"])
async def test_who_comes_late_changes_nothing_through_any_door(
    instances: Instances, writer: Writer, ended_at: int
) -> None:
    async with writer.person.device() as screen, all_doors(writer.person, instances) as doors:
        stopped = await writer.stop(instances[ended_at])
        await Screen(screen, writer.id).until_ended()
        heard = list(screen.received)
        for door in doors:
            for event, fields in LATE.items():
                refused = await door.call(event, {"id": writer.id, **fields})
                assert (refused.code, refused.current) == ("closed", {"status": "stopped"})
            assert (await door.call("message:get", {"id": writer.id})).data == stopped
        assert screen.received == heard
