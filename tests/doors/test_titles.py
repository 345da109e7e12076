"""Conversations that nobody named are named after their first question, whoever answers it."""

import asyncio

from tests.support.doors import Door, changes_since, head
from tests.support.people import Json

LONG = "Quisiera saber cuántos días hacen falta para ver Lisboa y sus alrededores sin prisa"


async def untitled(door: Door) -> Json:
    conversation: Json = (await door.call("conversation:create", {})).data
    return conversation


async def say(door: Door, conversation: Json, content: str, role: str = "user") -> Json:
    body = {"conversation_id": conversation["id"], "role": role, "content": content}
    message: Json = (await door.call("message:create", body)).data
    return message


async def title_of(door: Door, conversation: Json) -> str | None:
    title: str | None = (await door.call("conversation:get", {"id": conversation["id"]})).data["title"]
    return title


async def test_the_first_question_names_it_with_its_whole_sentence(door: Door) -> None:
    conversation = await untitled(door)
    await say(door, conversation, "You are kind.", role="system")
    assert await title_of(door, conversation) is None
    await say(door, conversation, LONG)
    assert await title_of(door, conversation) == LONG
    await say(door, conversation, "And then?")
    assert await title_of(door, conversation) == LONG


async def test_the_name_is_a_change_behind_the_question(door: Door) -> None:
    conversation = await untitled(door)
    cursor = await head(door)
    question = await say(door, conversation, "When?")
    made, named = await changes_since(door, cursor)
    assert (made["event"], made["data"]["id"]) == ("message:created", question["id"])
    assert (named["event"], named["data"]["title"]) == ("conversation:updated", "When?")
    assert named["data"]["revision"] == question["revision"] + 1


async def test_a_question_without_words_leaves_it_to_the_next(door: Door) -> None:
    conversation = await untitled(door)
    await say(door, conversation, " \n ")
    assert await title_of(door, conversation) is None


async def test_a_title_that_was_given_stays(door: Door) -> None:
    conversation: Json = (await door.call("conversation:create", {"title": "Mine"})).data
    await say(door, conversation, "When?")
    assert await title_of(door, conversation) == "Mine"


async def test_questions_at_once_name_it_once(door: Door) -> None:
    conversation = await untitled(door)
    cursor = await head(door)
    await asyncio.gather(*(say(door, conversation, "When?") for _ in range(20)))
    events = [change["event"] for change in await changes_since(door, cursor)]
    assert events.count("conversation:updated") == 1
    assert len(events) == 21


async def test_a_title_that_is_taken_away_is_given_again(door: Door) -> None:
    conversation = await untitled(door)
    await say(door, conversation, "When?")
    cleared = await door.call("conversation:update", {"id": conversation["id"], "title": None})
    assert cleared.data["title"] is None
    await say(door, conversation, "And then?")
    assert await title_of(door, conversation) == "When?"
