"""The OpenAI-compatible producer against a real server, in all its moods."""

import asyncio
import json
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
    Talk,
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
        (sends("<html>Sign in</html>", content_type="text/html"), "", "upstream_no_model", False),
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


def said(content: object, **choice: object) -> str:
    """An event of a stream."""
    return event(choices=[{"index": 0, "delta": {"content": content}, **choice}])


def event(**fields: object) -> str:
    return f"data: {json.dumps(fields)}\n\n"


DONE = "data: [DONE]\n\n"
END = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
WHOLE = {"choices": [{"message": {"role": "assistant", "content": "Hola"}, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(sends(said("Hola"), DONE), id="done, and no finish reason"),
        pytest.param(
            sends(said("Hola"), event(choices=[{"index": 0, "delta": None, "finish_reason": "stop"}])),
            id="an end without a delta",
        ),
        pytest.param(
            sends(said("Hola"), event(choices=[{"index": 0, "finish_reason": "stop"}])), id="no delta at all"
        ),
        pytest.param(sends(said("Ho", finish_reason=""), said("la"), END), id="an empty finish reason"),
        pytest.param(sends("\ufeff", said("Hola"), END), id="a byte order mark"),
        pytest.param(sends("\ufeff" + said("Hola"), END), id="a byte order mark before the first event"),
        pytest.param(sends(said("Ho"), "data: ?\n\n", said("la"), END), id="a line that is no JSON"),
        pytest.param(sends(": one moment\n\n", said("Hola"), END, DONE), id="a comment"),
        pytest.param(sends(said("Hola").replace("\n", "\r\n"), END), id="lines as Windows ends them"),
        pytest.param(sends(said("Hola"), END.rstrip()), id="no line behind the end"),
        pytest.param(sends(said("Hola"), END, OVERLOADED), id="an error behind the end"),
        pytest.param(
            sends(said([{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]),
                  said([{"type": "text", "text": "Hola"}]), END),
            id="parts, as Mistral sends them",
        ),
        pytest.param(sends(json.dumps(WHOLE), content_type="application/json"), id="no stream, but the answer"),
        pytest.param(sends(json.dumps(WHOLE)), id="the answer in one piece under a wrong type"),
        pytest.param(sends(said("Hola"), '{"choices": NaN}\n\n', END), id="what is no event"),
        pytest.param(
            sends('data: {"choices":[{"delta":{"content":"Hola"},"logprobs":NaN}]}\n\n', END), id="not a number"
        ),
    ],
)  # fmt: skip
async def test_a_whole_answer_is_complete_however_the_server_says_so(script: Script) -> None:
    outputs, failed = await produced(script, silence=2.0)
    assert failed is None
    assert "".join(output for output in outputs if isinstance(output, str)) == "Hola"
    assert isinstance(outputs[-1], Completion)


async def test_a_finish_reason_that_is_empty_is_no_end() -> None:
    outputs, failed = await produced(sends(said("Hol", finish_reason="")))
    assert (outputs, failed and failed.code) == (["Hol"], "upstream_away")


async def test_a_server_that_holds_the_connection_after_its_end_is_not_waited_for() -> None:
    async def holds(talk: Talk) -> None:
        await talk.begin()
        await talk.raw(said("Hola") + END + DONE)
        await asyncio.Event().wait()

    async with asyncio.timeout(60):
        outputs, failed = await produced(holds, silence=600.0)
    assert (outputs[0], failed) == ("Hola", None)


@pytest.mark.parametrize(
    ("script", "code", "detail"),
    [
        (streams([], reason="length"), "out_of_tokens", "used up before its first word"),
        (streams([], reason="content_filter"), "filtered", "filter held the answer back"),
        (streams([]), "empty_answer", "said nothing"),
        (streams(["\n\n"]), "empty_answer", "said nothing"),
        (sends(event(choices=[{"delta": {"refusal": "I cannot "}}]),
               event(choices=[{"delta": {"refusal": "help with that."}}]), END),
         "model_refused", "I cannot help with that."),
        (sends(event(error={"code": 402, "message": "Add more credits."})), "upstream_refused", "Add more credits."),
        (fails(402, {"error": {"message": "Insufficient credits."}}), "upstream_refused", "Insufficient credits."),
        (fails(403, {"error": {"message": "Not in your country."}}), "upstream_refused", "Not in your country."),
        (fails(404, {"error": "model 'x' not found, try pulling it first"}), "upstream_refused", "try pulling it"),
        (fails(404, "<html>"), "upstream_refused", "status 404"),
        (fails(500, {"error": "model requires more system memory"}), "upstream_error", "more system memory"),
        (fails(429, {"error": {"message": "Rate limit reached for tokens"}}), "upstream_busy", "for tokens"),
        (sends(json.dumps({"error": {"message": "No such model."}}), content_type="application/json"),
         "upstream_error", "No such model."),
    ],
)  # fmt: skip
async def test_an_answer_without_text_says_what_ended_it(script: Script, code: str, detail: str) -> None:
    outputs, failed = await produced(script)
    assert failed is not None
    assert "".join(map(str, outputs)).strip() == ""
    assert failed.code == code
    assert detail in failed.detail


async def test_what_is_known_of_an_answer_without_text_is_kept() -> None:
    _, failed = await produced(streams([], reason="length"))
    assert failed is not None
    assert failed.metadata["finish_reason"] == "length"
    assert failed.metadata["usage"]["completion_tokens"] == 8


@pytest.mark.parametrize("text", [["A\ud83d", "B"], ["A\ud83d", "\ude00B"], ["A", "\ude00B"], ["A\ud83d"]])
async def test_half_a_surrogate_pair_costs_no_more_than_itself(text: list[str]) -> None:
    outputs, failed = await produced(streams(text))
    assert failed is None
    whole = "".join(output for output in outputs if isinstance(output, str))
    assert whole in ("A\ufffdB", "A😀B", "A")
    whole.encode()


@pytest.mark.parametrize("wrong", ["max_tokens", "max_completion_tokens"])
async def test_a_server_that_has_another_name_for_a_limit_is_asked_once_more_and_remembered(
    wrong: str,
) -> None:
    other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}[wrong]

    async def particular(talk: Talk) -> None:
        message = f"Unsupported parameter: '{wrong}' is not supported with this model. Use '{other}' instead."
        refused = {"message": message, "param": wrong, "code": "unsupported_parameter"}
        await (fails(400, {"error": refused}) if wrong in talk.asked else streams())(talk)

    async with chat_server(particular) as server:
        chat = producer(server.url)
        for _ in range(2):
            assert [output async for output in chat.reply(a_request({"max_output_tokens": 100}))]
        await chat.close()
    tries = 2 if wrong == "max_tokens" else 1
    assert len(server.asked) == tries + 1
    assert [asked.get(other) for asked in server.asked[tries - 1 :]] == [100, 100]


async def test_a_refusal_that_no_other_name_mends_is_told() -> None:
    refused = {"message": "max_tokens is too large: 99. This model has at most 9.", "param": "max_tokens"}
    async with chat_server(fails(400, {"error": refused})) as server:
        chat = producer(server.url)
        with pytest.raises(ProducerFailed, match="too large"):
            await anext(chat.reply(a_request({"max_output_tokens": 99})).__aiter__())
        await chat.close()
        assert len(server.asked) == 1


async def test_a_server_that_gives_no_usage_is_not_asked_for_it() -> None:
    async def old(talk: Talk) -> None:
        extra = {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}
        await (fails(422, extra) if "stream_options" in talk.asked else streams())(talk)

    outputs, failed = await produced(old)
    assert (outputs[:-1], failed) == (WORDS, None)


async def test_the_connection_serves_the_next_request_too() -> None:
    async with chat_server(streams()) as server:
        chat = producer(server.url)
        for _ in range(3):
            assert [output async for output in chat.reply(a_request())]
        await chat.close()
        assert len(server.peers) == 1


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
