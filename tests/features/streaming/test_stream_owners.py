"""Several instances and one message: each may be asked, one owns it, and any of them may die."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from bitworks.core.errors import Unavailable
from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming.keeping import StreamKeeper
from bitworks.features.streaming.store import ProducerAlive
from bitworks.features.streaming.streaming import Streaming
from bitworks.features.streaming.timings import StreamTimings
from bitworks.hosting.app import Tuning
from tests.support.instances import Instance, running
from tests.support.people import PATIENCE, Json, Person, register
from tests.support.processes import a_process
from tests.support.streaming import Screen, Writer, forget_the_producer, start_writing
from tests.support.valkeys import running_valkey

NOWHERE = "redis://127.0.0.1:1"


@asynccontextmanager
async def without_redis(database_url: str) -> AsyncIterator[tuple[Instance, Instance]]:
    """Two instances that cannot talk to each other."""
    async with (
        running(database_url, redis_url=NOWHERE) as one,
        running(database_url, redis_url=NOWHERE) as other,
    ):
        yield one, other


async def test_appends_may_alternate_between_instances(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    person = await register(instances[0], http)
    async with person.device(instances[0]) as phone, person.device(instances[1]) as desk:
        writer = await start_writing(person)
        text = ""
        for n in range(30):
            text += f"{n} 😀 "
            appended = await writer.append(f"{n} 😀 ", instance=instances[n % 2])
            assert appended["length"] == len(text.encode("utf-16-le")) // 2
        assert (await writer.finish(instances[1]))["content"] == text
        for screen in (Screen(phone, writer.id), Screen(desk, writer.id)):
            assert (await screen.until_ended())["content"] == text
            screen.assert_grew_steadily()


async def test_a_pair_may_be_split_between_instances(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    person = await register(instances[0], http)
    writer = await start_writing(person)
    await writer.append("a\ud83d", instance=instances[1])
    await writer.append("\ude00b", instance=instances[0])
    answer = await person.rest(
        "POST", f"/messages/{writer.id}/append", {"text": "\ude00"}, instance=instances[1]
    )
    assert (answer.status, answer.code) == (422, "invalid_input")
    answer = await person.rest(
        "POST", f"/messages/{writer.id}/append", {"text": "x", "offset": 9}, instance=instances[1]
    )
    assert (answer.status, answer.body["current"]["length"]) == (409, 4)
    assert (await writer.finish(instances[1]))["content"] == "a😀b"


async def test_a_large_append_crosses_instances(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    person = await register(instances[0], http)
    writer = await start_writing(person)
    text = "ab é😀\n" * 50_000
    appended = await writer.append(text, 0, instances[1])
    assert appended["length"] == len(text.encode("utf-16-le")) // 2
    assert (await writer.append(text, 0, instances[1]))["length"] == appended["length"]
    assert (await writer.finish(instances[1]))["content"] == text


async def test_appends_alternate_though_instances_cannot_talk(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with without_redis(database_url) as instances:
        person = await register(instances[0], http)
        async with person.device(instances[0]) as phone, person.device(instances[1]) as desk:
            writer = await start_writing(person)
            text = ""
            for n in range(8):
                text += f"{n} "
                await writer.append(f"{n} ", instance=instances[n % 2])
            screens = [Screen(phone, writer.id), Screen(desk, writer.id)]
            for screen in screens:
                await screen.until(text)
            assert (await writer.finish())["content"] == text
            for screen in screens:
                assert (await screen.until_ended())["content"] == text
                screen.assert_grew_steadily()


@pytest.mark.parametrize("redis", ["there", "away"])
async def test_stop_from_any_instance_ends_it_soon_and_never_with_less_than_was_shown(
    database_url: str, redis_url: str, http: aiohttp.ClientSession, redis: str
) -> None:
    url = redis_url if redis == "there" else NOWHERE
    async with running(database_url, redis_url=url) as one, running(database_url, redis_url=url) as other:
        person = await register(one, http)
        async with person.device(one) as phone, person.device(other) as desk:
            took = []
            for _ in range(5):
                writer = await start_writing(person)
                screen = Screen(phone, writer.id)
                producing = asyncio.create_task(produce(writer))
                await phone.until(lambda _, s=screen: len(s.text) > 20)  # type: ignore[misc]
                began = time.monotonic()
                stopped = (await desk.call("message:stop", {"id": writer.id}))["data"]
                took.append(time.monotonic() - began)
                shown = screen.text
                await producing
                assert stopped["status"] == "stopped"
                assert stopped["content"].startswith(shown)
                assert await screen.until_ended() == stopped
                screen.assert_grew_steadily()
            # On a machine that has nothing else to do, each of them.
            assert min(took) < 0.2


async def produce(writer: Writer) -> str:
    """Appends until the message is closed; gives the status that it was told."""
    for n in range(1_000):
        answer = await writer.person.rest("POST", f"/messages/{writer.id}/append", {"text": f"word {n} "})
        if answer.status != 200:
            assert (answer.status, answer.code) == (409, "closed")
            return str(answer.body["current"]["status"])
    raise AssertionError("nobody stopped it")


async def test_two_producers_that_say_where_their_text_begins_write_it_once(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    person = await register(instances[0], http)
    writer = await start_writing(person)
    words = [f"word {n} " for n in range(40)]

    async def write(instance: Instance) -> None:
        offset = 0
        for word in words:
            await writer.append(word, offset, instance)
            offset += len(word)

    await asyncio.gather(*(write(instance) for instance in instances))
    assert (await writer.finish())["content"] == "".join(words)


async def test_an_append_that_the_owner_did_without_answering_is_not_done_twice(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = instances
    person = await register(one, http)
    writer = await start_writing(person)
    await writer.append("once, ")
    monkeypatch.setattr(one.app.fanout, "send_to_instance", lambda *_: True)
    for n in range(3):
        await writer.append(f"{n} once ", instance=other)
    assert (await writer.finish(other))["content"] == "once, 0 once 1 once 2 once "


async def test_a_finish_whose_answer_was_lost_may_be_repeated_on_another_instance(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    one, other = instances
    person = await register(one, http)
    writer = await start_writing(person)
    await writer.append("text")
    finished = await writer.finish(one, metadata={"model": "m"})
    assert await writer.finish(other, metadata={"model": "m"}) == finished
    answer = await person.rest("POST", f"/messages/{writer.id}/stop", instance=other)
    assert (answer.status, answer.code) == (409, "closed")


async def test_the_first_of_many_endings_wins_and_they_all_agree(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    person = await register(instances[0], http)
    for _ in range(5):
        writer = await start_writing(person)
        await writer.append("text")
        path = f"/messages/{writer.id}"
        answers = await asyncio.gather(
            person.rest("POST", f"{path}/finish", {}, instance=instances[0]),
            person.rest("POST", f"{path}/stop", instance=instances[1]),
            person.rest("POST", f"{path}/finish", {"status": "failed"}, instance=instances[1]),
            person.rest("POST", f"{path}/stop", instance=instances[0]),
        )
        ended = await writer.read()
        for answer in answers:
            told = answer.body["status"] if answer.status == 200 else answer.body["current"]["status"]
            assert told == ended["status"]
        assert ended["content"] == "text"


# Those who die


async def test_a_message_whose_producer_is_silent_is_interrupted_with_its_text(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, tuning=Tuning(streams=StreamTimings(reap_interval=0.05))) as instance:
        person = await register(instance, http)
        async with person.device() as device:
            writer, kept = await start_writing(person), await start_writing(person)
            await writer.append("half a w")
            screen = Screen(device, writer.id)
            await screen.until("half a w")
            await forget_the_producer(database_url)
            ended = await screen.until_ended()
            assert (ended["status"], ended["content"]) == ("interrupted", "half a w")
            answer = await person.rest("POST", f"/messages/{writer.id}/append", {"text": "ord"})
            assert (answer.code, answer.body["current"]) == ("closed", {"status": "interrupted"})
            assert (await Screen(device, kept.id).until_ended())["status"] == "interrupted"


async def test_one_look_ends_all_that_died_however_many(
    keeper: StreamKeeper, person: Person, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("store", "keeping"):
        monkeypatch.setattr(f"bitworks.features.streaming.{module}.SILENT_AT_ONCE", 2)
    writers = [await start_writing(person) for _ in range(5)]
    await forget_the_producer(database_url)
    await keeper.reap()
    assert {(await writer.read())["status"] for writer in writers} == {"interrupted"}


async def test_a_look_whose_endings_all_fail_ends(
    keeper: StreamKeeper, person: Person, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*key: object, if_silent: bool) -> None:
        raise Unavailable

    for module in ("store", "keeping"):
        monkeypatch.setattr(f"bitworks.features.streaming.{module}.SILENT_AT_ONCE", 1)
    monkeypatch.setattr(Streaming, "interrupt", fail)
    writer = await start_writing(person)
    await forget_the_producer(database_url)
    async with asyncio.timeout(PATIENCE):
        await keeper.reap()
    assert (await writer.read())["status"] == "streaming"


async def test_a_heartbeat_keeps_a_message_open(
    keeper: StreamKeeper, person: Person, database_url: str
) -> None:
    keeper.streaming.timings.heartbeat_slack = 0.0
    writer = await start_writing(person)
    await writer.append("text")
    await forget_the_producer(database_url)
    connection = await asyncpg.connect(database_url)
    async with asyncio.timeout(PATIENCE):
        while not await connection.fetchval("select expires_at > now() + interval '59 s' from open_messages"):
            await writer.append("")
    await connection.close()
    await keeper.reap()
    assert (await writer.read())["status"] == "streaming"


async def test_a_message_that_was_heard_of_meanwhile_is_not_interrupted(
    streaming: Streaming, person: Person
) -> None:
    writer = await start_writing(person)
    with pytest.raises(ProducerAlive):
        await streaming.interrupt(UserId(person.id), MessageId(writer.id), if_silent=True)
    assert (await writer.finish())["status"] == "complete"


async def test_an_instance_that_drains_ends_what_it_owns_at_once(
    database_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, redis_url=redis_url) as other:
        person = await register(other, http)
        async with person.device() as device:
            async with running(database_url, redis_url=redis_url) as going:
                writer = await start_writing(person, going)
                await writer.append("half a w", instance=going)
            ended = await Screen(device, writer.id).until_ended()
            assert (ended["status"], ended["content"]) == ("interrupted", "half a w")


async def test_a_killed_owner_s_message_goes_on_at_another_instance_and_never_shrinks(
    database_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, redis_url=redis_url) as survivor:
        person = await register(survivor, http)
        async with person.device() as device:
            async with a_process(database_url, redis_url) as (process, owner):
                writer = await start_writing(person, owner)
                screen, text = Screen(device, writer.id), ""
                for n in range(20):
                    text += f"{n} "
                    await writer.append(f"{n} ", instance=owner)
                await device.until(lambda _: screen.text)
                process.send_signal(signal.SIGKILL)
                await asyncio.to_thread(process.wait)
            shown = screen.text
            going_on = await go_on(writer, text)
            assert text.startswith(shown)
            assert (await writer.finish())["content"] == going_on
            assert (await screen.until_ended())["content"] == going_on
            screen.assert_grew_steadily()


async def go_on(writer: Writer, text: str) -> str:
    """As a producer does that was cut off: it sends again from what is durable, and then the rest."""
    path = f"/messages/{writer.id}/append"
    answer = await writer.person.rest("POST", path, {"text": " the rest", "offset": len(text)})
    if answer.status == 409:
        durable = answer.body["current"]["durable"]
        await writer.append(text[durable:] + " the rest", durable)
    return text + " the rest"


async def test_a_killed_owner_s_message_is_interrupted_with_all_that_was_shown(
    database_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, redis_url=redis_url) as survivor:
        person = await register(survivor, http)
        async with person.device() as device:
            async with a_process(database_url, redis_url) as (process, owner):
                writer = await start_writing(person, owner)
                screen = Screen(device, writer.id)
                await writer.append("what was shown", instance=owner)
                await screen.until("what was shown")
                process.send_signal(signal.SIGKILL)
                await asyncio.to_thread(process.wait)
            await forget_the_producer(database_url)
            await survivor.app.keeper.reap()
            ended = await screen.until_ended()
            assert (ended["status"], ended["content"]) == ("interrupted", "what was shown")


async def test_redis_may_be_killed_in_the_middle(
    database_url: str, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    with running_valkey(tmp_path) as valkey:
        url = str(valkey.connection_url)
        async with running(database_url, redis_url=url) as one, running(database_url, redis_url=url) as other:
            person = await register(one, http)
            async with person.device(one) as phone, person.device(other) as desk:
                writer = await start_writing(person)
                screens = [Screen(phone, writer.id), Screen(desk, writer.id)]
                await writer.append("before, ", instance=other)
                for screen in screens:
                    await screen.until("before, ")
                await asyncio.to_thread(valkey.stop)
                for n, instance in enumerate((one, other, one)):
                    await writer.append(f"{n} ", instance=instance)
                for screen in screens:
                    await screen.until("before, 0 1 2 ")
                ended: Json = await writer.stop(other)
                assert ended["content"] == "before, 0 1 2 "
                for screen in screens:
                    assert await screen.until_ended() == ended
                    screen.assert_grew_steadily()
