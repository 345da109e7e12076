"""The OpenAI-compatible producer against a real server, in all its moods."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bitworks.core.ids import ConversationId, MessageId, Revision, UserId
from bitworks.core.records import Json
from bitworks.features.history.records import Message
from bitworks.features.models.models import Model
from bitworks.features.replies.producers.chat_completions import ChatCompletions, ChatServer
from bitworks.features.replies.producers.producer import (
    Completion,
    Output,
    ProducerFailed,
    ReplyRequest,
    Turn,
)
from tests.support.chat_server import (
    WORDS,
    Script,
    chat_server,
    closes,
    dies,
    fails,
    sends,
    stalls,
    streams,
)

KEY = "sk-nobody-may-see-this"
CHUNK = 'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":%s}}]}\n\n'
NO_MONEY = {"error": {"code": "insufficient_quota", "message": "no money"}}
OVERLOADED = 'data: {"error": {"message": "overloaded"}}\n\n'


def a_request(parameters: Json | None = None, *turns: Turn) -> ReplyRequest:
    now = datetime.now(UTC)
    question = Message(
        MessageId("q"), ConversationId("c"), "user", "¿Qué tal?", "complete", {}, None, now, None,
        Revision(1), Revision(1),
    )  # fmt: skip
    return ReplyRequest(
        UserId("u"), ConversationId("c"), MessageId("a"), "delivery", "token", question,
        turns or (Turn("user", "¿Qué tal?"),), parameters or {},
    )  # fmt: skip


def producer(url: str, silence: float = 10.0, models: tuple[str, ...] = ()) -> ChatCompletions:
    return ChatCompletions(ChatServer(url, KEY, "tiny", models, silence))


async def produced(
    script: Script, request: ReplyRequest | None = None, silence: float = 10.0
) -> tuple[list[Output], ProducerFailed | None]:
    """Every piece, and what went wrong after the last."""
    outputs: list[Output] = []
    async with chat_server(script) as server:
        chat = producer(server.url, silence)
        try:
            async for output in chat.reply(request or a_request()):
                outputs.append(output)
        except ProducerFailed as failed:
            return outputs, failed
        finally:
            await chat.close()
    return outputs, None


async def test_text_comes_piece_by_piece_and_ends_with_model_usage_and_reason() -> None:
    outputs, failed = await produced(streams())
    usage = {"prompt_tokens": 7, "completion_tokens": 8, "total_tokens": 15}
    assert outputs == [*WORDS, Completion({"model": "tiny-1", "finish_reason": "stop", "usage": usage})]
    assert failed is None


async def test_the_turns_and_the_sampling_reach_the_server_and_nothing_else_does() -> None:
    parameters = {
        "model": "big", "system": "of the window", "temperature": 0.5, "top_p": 0.9, "max_output_tokens": 9,
        "base_url": "http://elsewhere.example", "api_key": "mine", "extra_headers": {"X-Mine": "1"},
    }  # fmt: skip
    turns = (
        Turn("user", "one"),
        Turn("assistant", "", {"tool_calls": [{"id": "t1", "type": "function"}]}),
        Turn("tool", "7", {"tool_call_id": "t1"}),
        Turn("user", "two"),
    )
    async with chat_server(streams()) as server:
        chat = producer(server.url)
        assert [output async for output in chat.reply(a_request(parameters, *turns))]
        await chat.close()
    assert server.asked == [
        {
            "model": "big",
            "messages": [
                {"role": "user", "content": "one"},
                {"role": "assistant", "content": "", "tool_calls": [{"id": "t1", "type": "function"}]},
                {"role": "tool", "content": "7", "tool_call_id": "t1"},
                {"role": "user", "content": "two"},
            ],
            "temperature": 0.5,
            "top_p": 0.9,
            "max_tokens": 9,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert "X-Mine" not in server.headers[0]


@pytest.mark.parametrize(
    ("script", "text", "code", "retryable"),
    [
        (dies(["Hol"]), "Hol", "upstream_away", True),
        (closes(["Hol"]), "Hol", "upstream_away", True),
        (closes([]), "", "upstream_away", True),
        (stalls(["Hol"]), "Hol", "upstream_silent", True),
        (stalls([]), "", "upstream_silent", True),
        (fails(500), "", "upstream_error", True),
        (fails(503), "", "upstream_error", True),
        (fails(429), "", "upstream_busy", True),
        (fails(429, NO_MONEY), "", "upstream_refused", False),
        (fails(400, {"error": {"message": f"too long, {KEY}"}}), "", "upstream_refused", False),
        (fails(401, {"error": {"message": f"bad key {KEY}"}}), "", "upstream_refused", False),
        (sends("data: {not json\n\n"), "", "upstream_garbage", True),
        (sends(CHUNK % '"Hol"', "data: \x00\x01\n\n"), "Hol", "upstream_garbage", True),
        (sends(CHUNK % "[1, 2]"), "", "upstream_garbage", True),
        (sends("data: [1, 2]\n\n"), "", "upstream_garbage", True),
        (sends('data: "text"\n\n'), "", "upstream_garbage", True),
        (sends('data: {"choices": "all"}\n\n'), "", "upstream_garbage", True),
        (sends("<html>Welcome</html>", content_type="text/html"), "", "upstream_away", True),
        (sends(CHUNK % '"Hol"', OVERLOADED), "Hol", "upstream_error", True),
    ],
)  # fmt: skip
async def test_every_way_to_fail_is_named_and_keeps_the_text_that_came(
    script: Script, text: str, code: str, retryable: bool
) -> None:
    outputs, failed = await produced(script, silence=0.3)
    assert failed is not None
    assert ("".join(map(str, outputs)), failed.code, failed.retryable) == (text, code, retryable)
    assert KEY not in str(failed)


async def test_a_server_that_nobody_runs_is_away(unused_tcp_port_factory: Callable[[], int]) -> None:
    chat = producer(f"http://127.0.0.1:{unused_tcp_port_factory()}/v1")
    with pytest.raises(ProducerFailed) as failed:
        await anext(chat.reply(a_request()).__aiter__())
    assert (failed.value.code, failed.value.retryable) == ("upstream_away", True)
    await chat.close()


async def test_a_busy_server_says_when_to_come_back() -> None:
    _, failed = await produced(fails(429, Retry_After="7"))
    assert failed is not None
    assert failed.retry_after == 7.0


async def test_nul_characters_are_dropped() -> None:
    outputs, _ = await produced(streams(["a\x00b"]))
    assert outputs[0] == "ab"


async def test_slow_text_is_no_silence() -> None:
    outputs, failed = await produced(streams(["a", "b", "c"], pause=0.4), silence=1.0)
    assert (outputs[:3], failed) == (["a", "b", "c"], None)


async def test_a_model_that_is_not_allowed_is_never_asked() -> None:
    async with chat_server() as server:
        chat = producer(server.url, models=("tiny", "big"))
        with pytest.raises(ProducerFailed, match="model_not_allowed"):
            await anext(chat.reply(a_request({"model": "huge"})).__aiter__())
        assert await chat.models() == [Model("tiny", True, None), Model("big", False, None)]
        await chat.close()
        assert server.asked == []


async def test_without_a_list_the_models_are_those_of_the_server() -> None:
    async with chat_server() as server:
        chat = producer(server.url)
        assert [model.id for model in await chat.models()] == ["tiny", "big-2", "tiny-1"]
        await chat.close()


async def test_a_short_text_comes_in_one_piece() -> None:
    async with chat_server() as server:
        chat = producer(server.url)
        assert await chat.complete([Turn("user", "name it")], {}) == server.title
        await chat.close()
