"""What fell out of a window is told shorter, in the background, and stands in it from then on."""

import pytest

from bitworks.features.models import vocabularies
from bitworks.features.models.known_models import Vocabulary
from bitworks.features.window.window import MESSAGE_OVERHEAD
from tests.features.replies.conftest import Talking, Talks
from tests.support.chat_server import streams
from tests.support.people import Json
from tests.support.summaries import LIMIT, SENTENCE, a_long_talk, lost, summarised, until_summarised
from tests.support.talks import ask, ended

# More tokens than characters suggest.
DENSE = "中文字符 ¿Qué tal, señor Muñoz? 😀 3.14159; Straßenbahnhaltestelle. "


async def ask_and_wait(talking: Talking, conversation: Json, text: str = "And then?") -> None:
    question = await ask(talking.person, conversation, text)
    await ended(talking.person, question["reply"]["message_id"])


async def test_what_fell_out_is_summarised_and_seen_on_every_device(talks: Talks) -> None:
    async with talks(streams(["Yes."])) as talking, talking.person.device() as device:
        talking.server.title = "They were in Valencia."
        conversation = await a_long_talk(talking.person)
        await ask_and_wait(talking, conversation)
        context = await summarised(talking.person, conversation, "They were in Valencia.")
        await device.until_revision(context["revision"])
        window = await talking.person.must("GET", f"/context/{conversation['id']}/window")
        assert [one["content"] for one in window["messages"] if one["reason"] == "summary"] == [
            "They were in Valencia."
        ]
        assert [run["reason"] for run in window["dropped"]] == ["summarised"]
        assert window["token_count"] <= window["budget"]
        messages = await talking.person.must("GET", f"/messages/{conversation['id']}")
        assert messages[0]["content"] == f"0: {SENTENCE}"


async def test_what_the_model_thought_and_what_says_nothing_is_no_part_of_it(talks: Talks) -> None:
    async with talks(streams([])) as talking:
        talking.server.title = "<think>\nWhere were they?\n</think>\n\nThey were in Valencia."
        conversation = await a_long_talk(talking.person)
        await ask_and_wait(talking, conversation, "Is anybody there?")
        for number in range(10, 20):
            await talking.person.message(conversation, f"{number}: {SENTENCE}")
        await summarised(talking.person, conversation, "They were in Valencia.")
        requests = [asked["messages"][-1]["content"] for asked in talking.server.titles]
        assert any("Is anybody there?" in request for request in requests)
        assert not any("assistant: \n" in request for request in requests)


async def test_the_next_summary_is_made_of_the_last_and_of_what_fell_out_since(talks: Talks) -> None:
    async with talks(streams(["Yes."])) as talking:
        talking.server.title = "First."
        conversation = await a_long_talk(talking.person)
        await ask_and_wait(talking, conversation)
        first = await summarised(talking.person, conversation, "First.")
        asked = len(talking.server.titles)
        talking.server.title = "Second."
        for number in range(10, 20):
            await talking.person.message(conversation, f"{number}: {SENTENCE}")
        await ask_and_wait(talking, conversation)
        second = await summarised(talking.person, conversation, "Second.")
        assert second["summary"]["through_position"] > first["summary"]["through_position"]
        request = talking.server.titles[asked]["messages"][-1]["content"]
        assert "First." in request
        assert "0: We were" not in request.replace("10: We were", "")


@pytest.mark.parametrize(("model", "vocabulary"), [("gpt-4", "cl100k_base"), ("gpt-4o", "o200k_base")])
async def test_each_request_fits_with_its_summary_into_the_window(
    talks: Talks, model: str, vocabulary: Vocabulary
) -> None:
    async with talks(streams(["Yes."])) as talking:
        talking.server.title = SENTENCE * 9
        conversation = await talking.person.conversation(title="Viajes")
        await talking.person.message(conversation, DENSE * 40)
        context = {
            "context_window": {"max_tokens": LIMIT, "strategy": "summary"},
            "parameters": {"model": model},
        }
        context["parameters"]["max_output_tokens"] = 64
        for number in range(30):
            await talking.person.message(conversation, f"{number}: {DENSE}")
        await talking.person.must("POST", "/context", {"conversation_id": conversation["id"], **context})
        await until_summarised(talking.person, conversation)
        encoding = vocabularies.load(vocabulary)
        for request in talking.server.titles:
            said = len(encoding.encode_ordinary(request["messages"][-1]["content"]))
            assert said + MESSAGE_OVERHEAD + request["max_tokens"] <= LIMIT
        assert len(talking.server.titles) > 3
        assert any(
            "The summary of what came before" in one["messages"][-1]["content"]
            for one in talking.server.titles
        )


async def test_where_nobody_summarises_the_window_slides_on(talks: Talks) -> None:
    async with talks(streams(["Yes."])) as talking:
        talking.server.title = ""
        conversation = await a_long_talk(talking.person)
        await ask_and_wait(talking, conversation)
        await ask_and_wait(talking, conversation, "Still there?")
        context = await talking.person.must("GET", f"/context/{conversation['id']}")
        assert context["summary"] is None
        assert await lost(talking.person, conversation) > 0


async def test_a_sliding_window_asks_for_no_summary(talks: Talks) -> None:
    async with talks(streams(["Yes."])) as talking:
        conversation = await a_long_talk(talking.person, strategy="sliding")
        await ask_and_wait(talking, conversation)
        await ask_and_wait(talking, conversation, "Still there?")
        assert talking.server.titles == []
