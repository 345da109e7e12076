"""Text that grows on every device, from wherever it is written and whenever they come."""

import asyncio

import aiohttp
import asyncpg
import pytest
from structlog.testing import capture_logs

from bitworks.core.ids import UserId
from bitworks.core.text import units
from bitworks.fanout.notices import Grown, Notice
from bitworks.features.streaming.inputs import MessageAppend
from bitworks.features.streaming.streaming import Streaming
from tests.support.instances import Instance, running
from tests.support.people import PATIENCE, Person, register
from tests.support.streaming import Screen, start_writing

WORDS = ["¿Qué ", "tal", "? 😀", " Muy ", "bien", ", gracias."]
TEXT = "".join(WORDS)


async def test_text_grows_on_every_device_of_both_instances(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    one, other = instances
    person = await register(one, http)
    async with person.device(one) as phone, person.device(other) as desk:
        writer = await start_writing(person)
        screens = [Screen(device, writer.id) for device in (phone, desk)]
        for n, word in enumerate(WORDS):
            await writer.append(word)
            for screen in screens:
                await screen.until("".join(WORDS[: n + 1]))
        ended = await writer.finish()
        for screen in screens:
            assert await screen.until_ended() == ended
            screen.assert_grew_steadily()
            assert len(screen.deltas) == len(WORDS)
        assert ended["content"] == TEXT


async def test_deltas_carry_only_what_is_new_and_many_words_go_together(person: Person) -> None:
    async with person.device() as device:
        writer = await start_writing(person)
        screen = Screen(device, writer.id)
        for n in range(300):
            await device.call("message:append", {"id": writer.id, "text": f"word {n} "})
        await writer.finish()
        await screen.until_ended()
        assert len(screen.deltas) < 300
        sent = "".join(delta["text"] for delta in screen.deltas)
        assert screen.text.startswith(sent)
        screen.assert_grew_steadily()


async def test_a_device_that_joins_in_the_middle_gets_the_text_so_far_before_synced_and_goes_on(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    one, other = instances
    person = await register(one, http)
    async with person.device(one) as phone:
        writer = await start_writing(person, content="Begun: ")
        await writer.append("half")
        await Screen(phone, writer.id).until("Begun: half")
        for instance in instances:
            for since in ({}, {"since": "0"}):
                async with person.device(instance, **since) as joined:
                    *_, delta, synced = joined.received
                    assert delta == (
                        "message:delta",
                        {"message_id": writer.id, "offset": 0, "text": "Begun: half"},
                    )
                    assert synced[0] == "synced"
        async with person.device(other, since="0") as desk:
            screen = Screen(desk, writer.id)
            await writer.append(" and whole")
            await screen.until("Begun: half and whole")
            await writer.finish()
            await screen.until_ended()
            screen.assert_grew_steadily()


async def test_devices_that_join_while_it_grows_miss_nothing(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    one, other = instances
    person = await register(one, http)
    async with person.device(one) as producer:
        writer = await start_writing(person)
        expected, screens = "", []
        async with aiohttp.ClientSession():
            for n in range(12):
                async with person.device(instances[n % 2], since="0") as joined:
                    for k in range(10):
                        expected += f"{n}.{k} "
                        call = {"id": writer.id, "text": f"{n}.{k} "}
                        assert (await producer.call("message:append", call))["ok"]
                    screen = Screen(joined, writer.id)
                    await screen.until(expected)
                    screen.assert_grew_steadily()
                    screens.append(screen)
        assert (await writer.finish(other))["content"] == expected


async def test_every_open_message_comes_before_synced(person: Person) -> None:
    writers = [await start_writing(person) for _ in range(3)]
    for writer in writers[1:]:
        await writer.append(f"of {writer.id}")
    async with person.device() as device:
        deltas = {one[1]["message_id"]: one[1]["text"] for one in device.received[:-1]}
        assert deltas.keys() == {writer.id for writer in writers}
    for writer in writers[1:]:
        assert (await writer.stop())["content"] == f"of {writer.id}"
    async with person.device() as device:
        assert [one[0] for one in device.received] == ["message:delta", "synced"]


async def test_a_message_read_anywhere_is_never_older_than_a_delta_that_was_sent(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    one, other = instances
    person = await register(one, http)
    async with person.device(one) as device:
        writer = await start_writing(person)
        screen = Screen(device, writer.id)
        for n in range(30):
            await writer.append(f"word {n} ")
            await device.until(lambda _, n=n: len(screen.text) > 5 * n)
            shown = screen.text
            assert (await writer.read(other))["content"].startswith(shown)


async def test_deltas_that_redis_loses_repeats_or_delays_leave_no_hole(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = instances
    person = await register(one, http)
    publish, held = one.app.fanout.publish, []

    def lie(user_id: UserId, notice: Notice) -> None:
        held.append(notice)
        if not isinstance(notice, Grown) or len(held) % 3:
            publish(user_id, notice)
        if len(held) % 4 == 0:
            publish(user_id, held[-2])

    monkeypatch.setattr(one.app.fanout, "publish", lie)
    async with person.device(other) as desk, person.device(one) as phone:
        writer = await start_writing(person)
        screens = [Screen(device, writer.id) for device in (desk, phone)]
        for word in WORDS * 5:
            await writer.append(word)
        for screen in screens:
            await screen.until(TEXT * 5)
            screen.assert_grew_steadily()


async def test_a_text_that_cannot_be_written_holds_up_nobody_else_s_and_no_stop(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    with capture_logs() as logs:
        async with running(database_url) as instance:
            person, other = await register(instance, http), await register(instance, http)
            poisoned = await start_writing(person)
            async with other.device() as device:
                writer = await start_writing(other)
                screen = Screen(device, writer.id)
                # What no door lets through, and PostgreSQL refuses.
                bad = MessageAppend.model_construct(id=poisoned.id, text="a\0b", offset=None)
                await instance.app.streaming.extend(UserId(person.id), bad)
                for n, word in enumerate(WORDS):
                    await writer.append(word)
                    await screen.until("".join(WORDS[: n + 1]))
                async with asyncio.timeout(PATIENCE):
                    while (await writer.append(""))["durable"] < units(TEXT):
                        pass
    failures = {(line["event"], line["message"]) for line in logs if line["log_level"] == "error"}
    assert failures == {("stream_write_failed", poisoned.id), ("interrupt_failed", poisoned.id)}
    async with running(database_url) as again:
        assert (await writer.read(again))["status"] == "interrupted"


async def test_an_append_for_which_instances_contend_is_not_told_as_an_outage(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost_again(*_: object) -> None:
        """Another instance was faster."""

    writer = await start_writing(person)
    person.instance.app.streaming.forget(UserId(person.id), writer.id)
    monkeypatch.setattr(Streaming, "_call_or_take_over", lost_again)
    refused = await person.rest("POST", f"/messages/{writer.id}/append", {"text": "a"})
    assert (refused.status, refused.body["code"]) == (503, "unavailable")
    assert refused.body["detail"] == "Several instances write this message; try again."


async def test_while_redis_is_away_text_still_crosses_instances(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    nowhere = "redis://127.0.0.1:1"
    async with (
        running(database_url, redis_url=nowhere) as one,
        running(database_url, redis_url=nowhere) as other,
    ):
        person = await register(one, http)
        async with person.device(other) as desk:
            writer = await start_writing(person)
            screen = Screen(desk, writer.id)
            for word in WORDS[:3]:
                await writer.append(word)
            await screen.until("".join(WORDS[:3]))
            ended = await writer.finish()
            assert await screen.until_ended() == ended
            screen.assert_grew_steadily()


async def test_a_million_characters_cost_their_bytes_once(person: Person) -> None:
    part, parts = "ab é😀\n" * 2_000, 83
    async with person.device() as device:
        writer = await start_writing(person)
        screen = Screen(device, writer.id)
        for _ in range(parts):
            await writer.append(part)
        await device.until(lambda _: sum(units(d["text"]) for d in screen.deltas) >= units(part) * parts)
        assert sum(units(delta["text"]) for delta in screen.deltas) == units(part) * parts
        ended = await writer.finish()
        assert ended["content"] == part * parts
        assert await screen.until_ended() == ended


async def test_chunks_are_gone_once_they_are_folded(person: Person, database_url: str) -> None:
    writer = await start_writing(person)
    for word in WORDS:
        await writer.append(word)
    await writer.finish()
    connection = await asyncpg.connect(database_url)
    left = await connection.fetchval(
        "select (select count(*) from chunks) + (select count(*) from open_messages)"
    )
    await connection.close()
    assert left == 0
