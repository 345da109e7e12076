"""Replies across processes: one worker at a time, handed over when it dies, the same text on every device."""

from contextlib import AsyncExitStack

import aiohttp

from tests.support.chat_server import WORDS, chat_server, stalls, streams
from tests.support.instances import running
from tests.support.people import register
from tests.support.talks import ask, ended, has_ended, shown, until


async def test_three_devices_on_two_instances_see_what_postgresql_holds(
    database_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    async with chat_server(streams(WORDS * 5, pause=0.02)) as server, AsyncExitStack() as stack:
        settings = {"redis_url": redis_url, "reply_base_url": server.url, "reply_model": "tiny"}
        one, other = [await stack.enter_async_context(running(database_url, **settings)) for _ in range(2)]
        person = await register(one, http)
        devices = [await stack.enter_async_context(person.device(at)) for at in (one, other, other)]
        question = await ask(person, await person.conversation(title="named"))
        id_ = question["reply"]["message_id"]
        answer = await ended(person, id_)
        assert answer["content"] == "".join(WORDS * 5)
        for device in devices:
            await device.until(lambda d: has_ended(d, id_))
            assert shown(device, id_) == answer["content"]
            assert len(device.named("message:delta")) > 1
        assert len(server.asked) == 1


async def test_a_worker_that_leaves_hands_over_what_has_not_begun(
    database_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    async with chat_server(stalls([]), streams()) as server, AsyncExitStack() as stack:
        settings = {"redis_url": redis_url, "reply_base_url": server.url, "reply_model": "tiny"}
        async with running(database_url, **settings) as leaving:
            person = await register(leaving, http)
            question = await ask(person, await person.conversation(title="named"))
            await until(person, question["reply"]["message_id"], lambda _: server.asked)
        person.instance = await stack.enter_async_context(running(database_url, **settings))
        answer = await ended(person, question["reply"]["message_id"])
        assert (answer["status"], answer["content"]) == ("complete", "".join(WORDS))


async def test_a_worker_that_leaves_interrupts_what_has_begun(
    database_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    async with chat_server(stalls(["Hol"])) as server, AsyncExitStack() as stack:
        settings = {"redis_url": redis_url, "reply_base_url": server.url, "reply_model": "tiny"}
        async with running(database_url, **settings) as leaving:
            person = await register(leaving, http)
            question = await ask(person, await person.conversation(title="named"))
            await until(person, question["reply"]["message_id"], lambda message: message["content"])
        person.instance = await stack.enter_async_context(running(database_url, **settings))
        answer = await ended(person, question["reply"]["message_id"])
        assert (answer["status"], answer["content"]) == ("interrupted", "Hol")
