"""Conversations that nobody named."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.features.replies.conftest import Talks
from tests.support.chat_server import stalls, streams, thinks
from tests.support.instances import running
from tests.support.people import PATIENCE, Json, Person, register
from tests.support.talks import ask, ended


async def titled(person: Person, conversation: Json, title: str) -> None:
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            present = await person.must("GET", f"/conversations/detail/{conversation['id']}")
            if present["title"] == title:
                return
            await asyncio.sleep(0.02)


async def test_the_first_question_names_it_and_then_the_model_does(talks: Talks) -> None:
    go_on = asyncio.Event()
    async with talks(stalls([], go_on)) as talking:
        conversation = await talking.person.conversation(title=None)
        await talking.person.message(conversation, "Quiero ir a Málaga en tren")
        question = await ask(talking.person, conversation, "¿Cuándo?")
        await titled(talking.person, conversation, "Quiero ir a Málaga en tren")
        go_on.set()
        await ended(talking.person, question["reply"]["message_id"])
        await titled(talking.person, conversation, talking.server.title)
        assert [turn["content"] for turn in talking.server.titles[0]["messages"]][:2] == [
            "¿Cuándo?",
            "at last",
        ]


async def test_whoever_renamed_it_meanwhile_has_the_last_word(talks: Talks) -> None:
    go_on = asyncio.Event()
    async with talks(stalls([], go_on), streams()) as talking:
        conversation = await talking.person.conversation(title=None)
        question = await ask(talking.person, conversation)
        await talking.person.must("PUT", f"/conversations/{conversation['id']}", {"title": "Mine"})
        go_on.set()
        await ended(talking.person, question["reply"]["message_id"])
        second = await ask(talking.person, conversation, "more")
        await ended(talking.person, second["reply"]["message_id"])
        await titled(talking.person, conversation, "Mine")


async def test_a_title_takes_no_reply_s_place(talks: Talks) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    async with talks(streams(), reply_workers=1) as talking:
        talking.server.thoughts = [thinks(begun, go_on)]
        unnamed = await talking.person.conversation(title=None)
        await ask(talking.person, unnamed)
        async with asyncio.timeout(2 * PATIENCE):
            await begun.wait()
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        await ended(talking.person, question["reply"]["message_id"])
        go_on.set()
        await titled(talking.person, unnamed, talking.server.title)


@pytest.mark.parametrize("thought", ["<think>\nOkay…\n</think>\n\nA Lima", "<think>\n\n</think>\n\nA Lima"])
async def test_what_a_model_thinks_before_is_no_title(talks: Talks, thought: str) -> None:
    async with talks(streams([f"<think>{'Hm. ' * 1_000}</think>", "Take the train."])) as talking:
        talking.server.title = thought
        conversation = await talking.person.conversation(title=None)
        await ask(talking.person, conversation)
        await titled(talking.person, conversation, "A Lima")
        assert talking.server.titles[0]["messages"][1]["content"] == "Take the train."


async def test_a_model_that_only_thought_names_nothing(talks: Talks) -> None:
    asked = asyncio.Event()

    async def thought() -> int:
        asked.set()
        return 200

    async with talks(streams()) as talking:
        talking.server.title = "<think>\nOkay, the user"
        talking.server.thoughts = [thought]
        conversation = await talking.person.conversation(title=None)
        await ask(talking.person, conversation, "¿Cuándo?")
        async with asyncio.timeout(2 * PATIENCE):
            await asked.wait()
        await titled(talking.person, conversation, "¿Cuándo?")


async def test_a_conversation_with_a_title_keeps_it(talks: Talks) -> None:
    async with talks(streams()) as talking:
        conversation = await talking.person.conversation(title="Mine")
        question = await ask(talking.person, conversation)
        await ended(talking.person, question["reply"]["message_id"])
        await titled(talking.person, conversation, "Mine")
        assert talking.server.titles == []


@pytest.fixture
async def newcomer(database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[Person]:
    """Somebody whom the demonstration answers."""
    async with running(database_url, reply_producer="demo") as instance:
        yield await register(instance, http)


QUESTION = "Which trains go from Madrid to Málaga in the morning?"


async def test_the_demonstration_names_it_by_its_first_question_and_does_not_cut_it(newcomer: Person) -> None:
    conversation = await newcomer.conversation(title=None)
    await newcomer.message(conversation, QUESTION)
    question = await ask(newcomer, conversation, "And back?")
    await titled(newcomer, conversation, QUESTION)
    await ended(newcomer, question["reply"]["message_id"])
    await titled(newcomer, conversation, QUESTION)


async def test_the_demonstration_leaves_a_name_that_somebody_gave(newcomer: Person) -> None:
    conversation = await newcomer.conversation(title=None)
    question = await ask(newcomer, conversation, QUESTION)
    await newcomer.must("PUT", f"/conversations/{conversation['id']}", {"title": "Mine"})
    await ended(newcomer, question["reply"]["message_id"])
    second = await ask(newcomer, conversation, "And back?")
    await ended(newcomer, second["reply"]["message_id"])
    await titled(newcomer, conversation, "Mine")


async def test_a_name_that_came_before_anybody_was_asked_is_replaced_by_the_model_s(talks: Talks) -> None:
    async with talks(streams(), streams()) as talking:
        conversation = await talking.person.conversation(title=None)
        await talking.person.message(conversation, "Quiero ir a Málaga en tren")
        await titled(talking.person, conversation, "Quiero ir a Málaga en tren")
        question = await ask(talking.person, conversation, "¿Cuándo?")
        await ended(talking.person, question["reply"]["message_id"])
        await titled(talking.person, conversation, talking.server.title)
        second = await ask(talking.person, conversation, "¿Y a qué hora?")
        await ended(talking.person, second["reply"]["message_id"])
        assert len(talking.server.titles) == 1


async def test_a_name_that_somebody_chose_before_anybody_was_asked_stays(talks: Talks) -> None:
    async with talks(streams()) as talking:
        conversation = await talking.person.conversation(title=None)
        await talking.person.message(conversation, "Quiero ir a Málaga en tren")
        await talking.person.must("PUT", f"/conversations/{conversation['id']}", {"title": "Mine"})
        question = await ask(talking.person, conversation, "¿Cuándo?")
        await ended(talking.person, question["reply"]["message_id"])
        await titled(talking.person, conversation, "Mine")
        assert talking.server.titles == []


async def test_a_model_that_thought_of_no_title_is_not_asked_again(talks: Talks) -> None:
    async with talks(streams(), streams()) as talking:
        talking.server.title = ""
        conversation = await talking.person.conversation(title=None)
        for words in ("Quiero ir a Málaga en tren", "¿Cuándo?"):
            question = await ask(talking.person, conversation, words)
            await ended(talking.person, question["reply"]["message_id"])
        await titled(talking.person, conversation, "Quiero ir a Málaga en tren")
        assert len(talking.server.titles) == 1
