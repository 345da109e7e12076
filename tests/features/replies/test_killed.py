"""Workers that are processes of their own, and are killed in the middle of an answer."""

import asyncio
from contextlib import AbstractContextManager, AsyncExitStack

import aiohttp
import asyncpg

from tests.support.chat_server import ChatServer, chat_server, stalls, streams, thinks
from tests.support.children import Child, kill
from tests.support.instances import running
from tests.support.people import PATIENCE, Device, register
from tests.support.processes import program
from tests.support.program import MAIN
from tests.support.summaries import a_long_talk, summarised
from tests.support.talks import ask, ended, has_ended, shown

BEGUN = ["Once", " upon", " a", " time"]


def working(database_url: str, redis_url: str, server: ChatServer) -> AbstractContextManager[Child]:
    """`bitworks work`, which does nothing but answer."""
    answers = {"reply_base_url": server.url, "reply_model": "tiny"}
    return program(MAIN, "work", database_url=database_url, redis_url=redis_url, **answers)


async def expire_leases(database_url: str) -> None:
    """As if the time had passed after which a worker that is silent counts as dead."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("update replies set leased_until = now() where state = 'due'")
    await connection.execute("update summaries_due set leased_until = now()")
    await connection.close()


async def all_show(devices: list[Device], message_id: str, text: str) -> None:
    for device in devices:
        await device.until(lambda d: shown(d, message_id) == text)


async def test_a_worker_killed_in_mid_answer_leaves_its_text_on_every_device(
    database_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    never = asyncio.Event()
    serves = {"redis_url": redis_url, "reply_workers": 0, "reply_model": "tiny"}
    async with chat_server(stalls(BEGUN, never), streams(["Better."])) as server, AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(running(database_url, reply_base_url=server.url, **serves))
            for _ in range(2)
        ]
        person = await register(one, http)
        devices = [await stack.enter_async_context(person.device(at)) for at in (one, one, other)]
        conversation = await person.conversation(title="A tale")
        with working(database_url, redis_url, server) as doomed:
            question = await ask(person, conversation)
            message_id = question["reply"]["message_id"]
            await all_show(devices, message_id, "".join(BEGUN))
            await asyncio.to_thread(kill, doomed)
        await expire_leases(database_url)
        with working(database_url, redis_url, server):
            message = await ended(person, message_id)
            assert (message["status"], message["content"]) == ("interrupted", "".join(BEGUN))
            for device in devices:
                await device.until(lambda d: has_ended(d, message_id))
                assert shown(device, message_id) == message["content"]
            again = await person.must("POST", f"/messages/{message_id}/reply", {})
            assert (await ended(person, again["reply"]["message_id"]))["content"] == "Better."


async def test_a_question_whose_worker_was_killed_before_the_first_word_is_answered_by_another(
    database_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    never = asyncio.Event()
    serves = {"redis_url": redis_url, "reply_workers": 0, "reply_model": "tiny"}
    async with (
        chat_server(stalls([], never), streams(["Here."])) as server,
        running(database_url, reply_base_url=server.url, **serves) as instance,
    ):
        person = await register(instance, http)
        conversation = await person.conversation(title="A tale")
        with working(database_url, redis_url, server) as doomed:
            question = await ask(person, conversation)
            async with asyncio.timeout(2 * PATIENCE):
                while not server.asked:  # noqa: ASYNC110 - nobody announces it
                    await asyncio.sleep(0.02)
            await asyncio.to_thread(kill, doomed)
        await expire_leases(database_url)
        with working(database_url, redis_url, server):
            message = await ended(person, question["reply"]["message_id"])
        assert (message["status"], message["content"]) == ("complete", "Here.")


async def test_a_summary_whose_worker_was_killed_is_written_by_another(
    database_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    begun, never = asyncio.Event(), asyncio.Event()
    serves = {"redis_url": redis_url, "reply_workers": 0, "reply_model": "tiny"}
    async with (
        chat_server(streams()) as server,
        running(database_url, reply_base_url=server.url, **serves) as instance,
    ):
        server.title, server.thoughts = "They were in Valencia.", [thinks(begun, never)]
        person = await register(instance, http)
        conversation = await a_long_talk(person)
        with working(database_url, redis_url, server) as doomed:
            async with asyncio.timeout(2 * PATIENCE):
                await begun.wait()
            await asyncio.to_thread(kill, doomed)
        await expire_leases(database_url)
        with working(database_url, redis_url, server):
            await summarised(person, conversation, "They were in Valencia.")
        first, second, *_ = server.titles
        assert first == second
