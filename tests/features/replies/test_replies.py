"""An answer, from the question to its end, whatever the model's server does."""

import asyncio

import pytest

from tests.features.replies.conftest import Talks
from tests.support.chat_server import WORDS, Script, Talk, dies, fails, sends, stalls, streams
from tests.support.talks import ask, ended, until


async def test_a_question_with_its_answer_is_one_call(talks: Talks) -> None:
    async with talks(streams()) as talking:
        conversation = await talking.person.conversation(title="named")
        question = await ask(talking.person, conversation)
        assert question["reply"]["state"] == "streaming"
        answer = await ended(talking.person, question["reply"]["message_id"])
        assert (answer["role"], answer["status"]) == ("assistant", "complete")
        assert answer["content"] == "".join(WORDS)
        metadata = answer["metadata"]
        assert (metadata["reply_to"], metadata["model"], metadata["finish_reason"]) == (
            question["id"],
            "tiny-1",
            "stop",
        )
        assert metadata["usage"]["total_tokens"] == 15


async def test_the_acknowledgement_carries_the_reply_too(talks: Talks) -> None:
    async with talks(streams()) as talking, talking.person.device() as device:
        conversation = await talking.person.conversation(title="named")
        body = {"conversation_id": conversation["id"], "role": "user", "content": "hi", "reply": True}
        created = await device.call("message:create", body)
        assert created["reply"] == created["data"]["reply"]
        await ended(talking.person, created["reply"]["message_id"])
        again = await device.call("message:reply", {"id": created["data"]["id"]})
        assert again["reply"]["message_id"] != created["reply"]["message_id"]
        await ended(talking.person, again["reply"]["message_id"])


@pytest.mark.parametrize(
    ("script", "status", "content", "code"),
    [
        (dies(["Hol"]), "interrupted", "Hol", "upstream_away"),
        (stalls(["Hol"]), "interrupted", "Hol", "upstream_silent"),
        (stalls([]), "failed", "", "upstream_silent"),
        (fails(400, {"error": {"message": "too long"}}), "failed", "", "upstream_refused"),
        (fails(500), "failed", "", "upstream_error"),
        (sends("data: {garbage\n\n"), "failed", "", "upstream_garbage"),
        (sends("<html>"), "failed", "", "upstream_no_model"),
    ],
)
async def test_what_goes_wrong_ends_the_message_with_the_text_it_has_and_says_why(
    talks: Talks, script: Script, status: str, content: str, code: str
) -> None:
    async with talks(script, reply_timeout=1) as talking:
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        answer = await ended(talking.person, question["reply"]["message_id"])
        assert (answer["status"], answer["content"]) == (status, content)
        assert answer["metadata"]["error"]["code"] == code


@pytest.mark.parametrize(
    "bad", [fails(429, Retry_After="0"), fails(500), fails(503), sends("data: {garbage\n\n"), dies([])]
)
async def test_what_failed_before_any_text_is_tried_again(talks: Talks, bad: Script) -> None:
    async with talks(bad, bad, streams()) as talking:
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        answer = await ended(talking.person, question["reply"]["message_id"])
        assert (answer["status"], answer["content"]) == ("complete", "".join(WORDS))
        assert len(talking.server.asked) == 3


async def test_an_interrupted_answer_can_be_asked_for_again(talks: Talks) -> None:
    async with talks(dies(["Hol"]), streams()) as talking:
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        broken = await ended(talking.person, question["reply"]["message_id"])
        again = await talking.person.must("POST", f"/messages/{broken['id']}/reply", {})
        assert again["id"] == question["id"]
        answer = await ended(talking.person, again["reply"]["message_id"])
        assert answer["content"] == "".join(WORDS)
        assert answer["metadata"]["reply_to"] == question["id"]
        # The answer that broke off is no part of what the second one is given.
        assert [turn["content"] for turn in talking.server.asked[1]["messages"]] == ["¿Qué tal?"]


async def test_a_stop_ends_the_answer_and_lets_go_of_the_models_server(talks: Talks) -> None:
    left = asyncio.Event()

    async def script(talk: Talk) -> None:
        try:
            await stalls(["Hol"])(talk)
        finally:
            left.set()

    async with talks(script) as talking:
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        id_ = question["reply"]["message_id"]
        await until(talking.person, id_, lambda message: message["content"] == "Hol")
        stopped = await talking.person.must("POST", f"/messages/{id_}/stop", {})
        assert (stopped["status"], stopped["content"]) == ("stopped", "Hol")
        async with asyncio.timeout(60):
            await left.wait()


async def test_parameters_choose_the_model_and_the_sampling(talks: Talks) -> None:
    async with talks(streams()) as talking:
        conversation = await talking.person.conversation(title="named")
        parameters = {"model": "big-2", "temperature": 0.1, "system": "Be brief."}
        context = {"conversation_id": conversation["id"], "parameters": parameters}
        await talking.person.must("POST", "/context", context)
        question = await ask(talking.person, conversation)
        await ended(talking.person, question["reply"]["message_id"])
        asked = talking.server.asked[0]
        assert (asked["model"], asked["temperature"]) == ("big-2", 0.1)
        assert [turn["content"] for turn in asked["messages"]] == ["Be brief.", "¿Qué tal?"]


async def test_a_model_that_is_not_allowed_fails_and_says_so(talks: Talks) -> None:
    async with talks(streams(), reply_models="tiny,big-2") as talking:
        conversation = await talking.person.conversation(title="named")
        context = {"conversation_id": conversation["id"], "parameters": {"model": "huge"}}
        await talking.person.must("POST", "/context", context)
        question = await ask(talking.person, conversation)
        answer = await ended(talking.person, question["reply"]["message_id"])
        assert answer["metadata"]["error"]["code"] == "model_not_allowed"


async def test_the_models_say_how_much_they_read_where_that_is_known(talks: Talks) -> None:
    async with talks(streams(), reply_models="tiny,openai/gpt-4o-2024-08-06") as talking:
        assert await talking.person.must("GET", "/models") == [
            {"id": "tiny", "default": True, "max_tokens": None},
            {"id": "openai/gpt-4o-2024-08-06", "default": False, "max_tokens": 128_000},
        ]


async def test_a_repeated_creation_asks_for_nothing_again(talks: Talks) -> None:
    async with talks(streams()) as talking:
        conversation = await talking.person.conversation(title="named")
        id_ = "01890a5d-ac96-774b-bcce-b302099a8057"
        first = await ask(talking.person, conversation, id=id_)
        answer = await ended(talking.person, first["reply"]["message_id"])
        again = await ask(talking.person, conversation, id=id_)
        assert again["reply"] == {"message_id": answer["id"], "state": "complete"}
        messages = await talking.person.must("GET", f"/messages/{conversation['id']}")
        assert [message["id"] for message in messages] == [id_, answer["id"]]
        assert len(talking.server.asked) == 1


@pytest.mark.parametrize("fields", [{"role": "assistant"}, {"status": "streaming"}])
async def test_only_a_complete_message_of_the_user_is_answered(
    talks: Talks, fields: dict[str, object]
) -> None:
    async with talks(streams()) as talking:
        conversation = await talking.person.conversation()
        body = {"conversation_id": conversation["id"], "role": "user", "content": "x", "reply": True}
        refused = await talking.person.rest("POST", "/messages", {**body, **fields})
        assert refused.code == "invalid_input"


async def test_without_a_producer_nothing_is_written(talks: Talks) -> None:
    async with talks(streams(), reply_producer="none") as talking:
        conversation = await talking.person.conversation()
        body = {"conversation_id": conversation["id"], "role": "user", "content": "x", "reply": True}
        refused = await talking.person.rest("POST", "/messages", body)
        assert (refused.status, refused.code) == (409, "no_producer")
        assert await talking.person.must("GET", f"/messages/{conversation['id']}") == []
        assert await talking.person.must("GET", "/models") == []
