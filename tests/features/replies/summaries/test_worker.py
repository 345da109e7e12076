"""Who writes a summary, and when: one process at a time, whatever made it due, until it is there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp
import pytest

from bitworks.features.replies.summaries.store import SummaryJob, SummaryJobs
from tests.features.replies.conftest import Talks
from tests.support.chat_server import chat_server, dies, refuses, stalls, streams, thinks
from tests.support.instances import running
from tests.support.people import PATIENCE, register
from tests.support.summaries import SENTENCE, a_long_talk, nothing_due, summarised
from tests.support.talks import ask, ended, until

Claim = Callable[[SummaryJobs, str, int, float], AsyncIterator[SummaryJob]]


@dataclass(slots=True)
class Looked:
    """Which instances have looked for work, and when somebody did."""

    by: set[int] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def wrapping(self, claim: Claim) -> Claim:
        async def noted(
            summaries: SummaryJobs, worker: str, most: int, lease: float
        ) -> AsyncIterator[SummaryJob]:
            async for job in claim(summaries, worker, most, lease):
                yield job
            self.by.add(id(summaries))
            self.news.set()

        return noted

    async def again_by(self, instances: int) -> None:
        """Waits until so many have looked, from now on."""
        self.by.clear()
        while len(self.by) < instances:
            self.news.clear()
            await self.news.wait()


async def test_messages_that_clients_write_are_summarised_without_any_answer(talks: Talks) -> None:
    async with talks(streams()) as talking:
        talking.server.title = "They were in Valencia."
        conversation = await a_long_talk(talking.person)
        await summarised(talking.person, conversation, "They were in Valencia.")
        assert talking.server.asked == []


@pytest.mark.parametrize("how", ["stopped", "interrupted"])
async def test_an_answer_that_was_cut_off_is_followed_by_a_summary_too(talks: Talks, how: str) -> None:
    long = [f"{number}: {SENTENCE}" for number in range(5)]
    async with talks(stalls(long) if how == "stopped" else dies(long)) as talking:
        talking.server.title = "They were in Valencia."
        conversation = await a_long_talk(talking.person, messages=3)
        question = await ask(talking.person, conversation, "And then?")
        id_ = question["reply"]["message_id"]
        if how == "stopped":
            await until(talking.person, id_, lambda message: message["content"] == "".join(long))
            await talking.person.must("POST", f"/messages/{id_}/stop")
        assert (await ended(talking.person, id_))["status"] == how
        await summarised(talking.person, conversation, "They were in Valencia.")


async def test_what_the_model_s_server_refused_is_tried_again_by_itself(talks: Talks) -> None:
    async with talks(streams()) as talking:
        talking.server.title = "They were in Valencia."
        talking.server.thoughts = [refuses(500), refuses(429)]
        conversation = await a_long_talk(talking.person)
        await summarised(talking.person, conversation, "They were in Valencia.")
        first, second, third, *_ = talking.server.titles
        assert first == second == third


async def test_after_the_last_try_it_is_left_until_more_is_said(talks: Talks) -> None:
    async with talks(streams(), reply_retries="0") as talking:
        talking.server.title = "They were in Valencia."
        talking.server.thoughts = [refuses(500), refuses(500)]
        conversation = await a_long_talk(talking.person)
        await nothing_due(talking.instance)
        assert len(talking.server.titles) == 2
        await talking.person.message(conversation, "Hello?")
        await summarised(talking.person, conversation, "They were in Valencia.")


async def test_a_summary_takes_no_reply_s_place(talks: Talks) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    async with talks(streams(["Yes."]), reply_workers=1) as talking:
        talking.server.title = "They were in Valencia."
        talking.server.thoughts = [thinks(begun, go_on)]
        conversation = await a_long_talk(talking.person)
        async with asyncio.timeout(PATIENCE):
            await begun.wait()
        question = await ask(talking.person, conversation)
        await ended(talking.person, question["reply"]["message_id"])
        go_on.set()
        await summarised(talking.person, conversation, "They were in Valencia.")


async def test_of_two_instances_one_writes_it(
    database_url: str, redis_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, looked = asyncio.Event(), asyncio.Event(), Looked()
    monkeypatch.setattr(SummaryJobs, "claim", looked.wrapping(SummaryJobs.claim))
    async with chat_server(streams()) as server, AsyncExitStack() as stack:
        server.title = "They were in Valencia."
        server.thoughts = [thinks(begun, go_on)]
        settings = {"redis_url": redis_url, "reply_base_url": server.url, "reply_model": "tiny"}
        one, _ = [await stack.enter_async_context(running(database_url, **settings)) for _ in range(2)]
        person = await register(one, http)
        conversation = await a_long_talk(person, messages=8)
        async with asyncio.timeout(2 * PATIENCE):
            await begun.wait()
            await looked.again_by(2)
        assert len(server.titles) == 1
        go_on.set()
        await summarised(person, conversation, "They were in Valencia.")
        await nothing_due(one)
        requests = [one["messages"][-1]["content"] for one in server.titles]
        assert len(set(requests)) == len(requests)
