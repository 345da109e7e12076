"""One account does not take every place for replies."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from tests.features.replies.conftest import Talks
from tests.support.chat_server import Talk, fails, streams
from tests.support.people import PATIENCE, register
from tests.support.talks import ask, ended


@dataclass(slots=True)
class SlowModel:
    """A model that says nothing until it is let go, but to the question `quick`."""

    asked: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, talk: Talk) -> None:
        question = talk.asked["messages"][-1]["content"]
        self.asked.put_nowait(question)
        await talk.begin()
        if question != "quick":
            await self.may_end.wait()
        await talk.say("Yes.")
        await talk.end()

    async def next_asked(self) -> str:
        async with asyncio.timeout(PATIENCE):
            return await self.asked.get()


@pytest.fixture
async def model() -> AsyncIterator[SlowModel]:
    slow = SlowModel()
    yield slow
    slow.may_end.set()


async def test_who_asks_in_many_conversations_leaves_places_to_others(talks: Talks, model: SlowModel) -> None:
    async with talks(model, reply_workers=3, replies_per_user=2) as talking:
        greedy = talking.person
        questions = [await ask(greedy, await greedy.conversation(title="named"), f"{n}") for n in range(4)]
        assert {await model.next_asked(), await model.next_asked()} == {"0", "1"}
        modest = await register(talking.instance, greedy.http)
        quick = await ask(modest, await modest.conversation(title="named"), "quick")
        answer = await ended(modest, quick["reply"]["message_id"])
        assert (answer["status"], answer["content"]) == ("complete", "Yes.")
        assert await model.next_asked() == "quick"
        assert model.asked.empty()
        model.may_end.set()
        for question in questions:
            assert (await ended(greedy, question["reply"]["message_id"]))["content"] == "Yes."


async def test_a_question_that_waits_for_another_try_leaves_its_place_to_the_next(talks: Talks) -> None:
    scripts = fails(503), streams(["Yes."])
    async with talks(*scripts, reply_workers=2, replies_per_user=1, reply_retries="600") as talking:
        person = talking.person
        await ask(person, await person.conversation(title="named"))
        quick = await ask(person, await person.conversation(title="named"))
        assert (await ended(person, quick["reply"]["message_id"]))["content"] == "Yes."


async def test_more_questions_than_may_wait_are_refused_and_nothing_is_written(
    talks: Talks, model: SlowModel
) -> None:
    async with talks(model, unfinished_replies_per_user=3) as talking:
        person = talking.person
        conversation, other = [await person.conversation(title="named") for _ in range(2)]
        for n in range(3):
            await ask(person, conversation, f"{n}", on_busy="enqueue")
        body = {"conversation_id": other["id"], "role": "user", "content": "one more", "reply": True}
        refused = await person.rest("POST", "/messages", body)
        assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "rate_limited", "10")
        assert await person.must("GET", f"/messages/{other['id']}") == []
        model.may_end.set()
