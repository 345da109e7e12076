"""What fell out of a window is told shorter, in the background, and stands in it from then on."""

import asyncio
from typing import Any

from tests.replies.conftest import Talking, Talks
from tests.support.chat_server import streams
from tests.support.people import PATIENCE, Json
from tests.support.talks import ask, ended

SENTENCE = "We were in Valencia, where the trams go down to the sea and nobody was in a hurry at all. " * 2
ROOM = {"max_tokens": 400, "strategy": "summary"}


async def a_long_talk(talking: Talking, messages: int = 10, **window: Any) -> Json:
    """A conversation of which only the end fits into the window."""
    person = talking.person
    conversation = await person.conversation(title="Viajes")
    body = {"context_window": {**ROOM, **window}, "parameters": {"max_output_tokens": 64}}
    await person.must("POST", "/context", {"conversation_id": conversation["id"], **body})
    for number in range(messages):
        await person.message(conversation, f"{number}: {SENTENCE}")
    return conversation


async def answered(talking: Talking, conversation: Json, text: str = "And then?") -> None:
    question = await ask(talking.person, conversation, text)
    await ended(talking.person, question["reply"]["message_id"])


async def summarised(talking: Talking, conversation: Json, text: str) -> Json:
    """The context, as soon as this is its summary."""
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            context: Json = await talking.person.must("GET", f"/context/{conversation['id']}")
            if (context["summary"] or {}).get("text") == text and not await lost(talking, conversation):
                return context
            await asyncio.sleep(0.02)


async def lost(talking: Talking, conversation: Json) -> int:
    """How many messages are out of the window without a summary standing for them."""
    window = await talking.person.must("GET", f"/context/{conversation['id']}/window")
    return sum(run["count"] for run in window["dropped"] if run["reason"] != "summarised")


async def test_what_fell_out_is_summarised_and_seen_on_every_device(talks: Talks) -> None:
    async with talks(streams(["Yes."])) as talking, talking.person.device() as device:
        talking.server.title = "They were in Valencia."
        conversation = await a_long_talk(talking)
        await answered(talking, conversation)
        context = await summarised(talking, conversation, "They were in Valencia.")
        await device.until_revision(context["revision"])
        window = await talking.person.must("GET", f"/context/{conversation['id']}/window")
        assert [one["content"] for one in window["messages"] if one["reason"] == "summary"] == [
            "They were in Valencia."
        ]
        assert [run["reason"] for run in window["dropped"]] == ["summarised"]
        assert window["token_count"] <= window["budget"]
        messages = await talking.person.must("GET", f"/messages/{conversation['id']}")
        assert messages[0]["content"] == f"0: {SENTENCE}"


async def test_the_next_summary_is_made_of_the_last_and_of_what_fell_out_since(talks: Talks) -> None:
    async with talks(streams(["Yes."])) as talking:
        talking.server.title = "First."
        conversation = await a_long_talk(talking)
        await answered(talking, conversation)
        first = await summarised(talking, conversation, "First.")
        asked = len(talking.server.titles)
        talking.server.title = "Second."
        for number in range(10, 20):
            await talking.person.message(conversation, f"{number}: {SENTENCE}")
        await answered(talking, conversation)
        second = await summarised(talking, conversation, "Second.")
        assert second["summary"]["through_position"] > first["summary"]["through_position"]
        request = talking.server.titles[asked]["messages"][-1]["content"]
        assert "First." in request
        assert "0: We were" not in request.replace("10: We were", "")


async def test_each_request_fits_the_model_that_writes_it(talks: Talks) -> None:
    async with talks(streams(["Yes."])) as talking:
        talking.server.title = "Long ago."
        conversation = await a_long_talk(talking, messages=30)
        await talking.person.message(conversation, SENTENCE * 40)
        await answered(talking, conversation)
        await summarised(talking, conversation, "Long ago.")
        sizes = [len(one["messages"][-1]["content"]) for one in talking.server.titles]
        assert len(sizes) > 5
        assert max(sizes) < 4 * ROOM["max_tokens"]  # type: ignore[operator]


async def test_where_nobody_summarises_the_window_slides_on(talks: Talks) -> None:
    async with talks(streams(["Yes."])) as talking:
        talking.server.title = ""
        conversation = await a_long_talk(talking)
        await answered(talking, conversation)
        await answered(talking, conversation, "Still there?")
        context = await talking.person.must("GET", f"/context/{conversation['id']}")
        assert context["summary"] is None
        assert await lost(talking, conversation) > 0


async def test_a_sliding_window_asks_for_no_summary(talks: Talks) -> None:
    async with talks(streams(["Yes."])) as talking:
        conversation = await a_long_talk(talking, strategy="sliding")
        await answered(talking, conversation)
        await answered(talking, conversation, "Still there?")
        assert talking.server.titles == []
