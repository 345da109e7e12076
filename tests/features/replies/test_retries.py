"""An answer whose producer fails before any text: when it is asked again, and what people see meanwhile."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from bitworks.features.replies.producers.producer import ProducerFailed
from bitworks.features.replies.producers.retry_after import retry_after
from bitworks.features.replies.retries import Retry, error_of, retry_after_failure
from tests.features.replies.conftest import Talks
from tests.support.chat_server import fails, sends, stalls, streams
from tests.support.people import Json
from tests.support.talks import ask, ended, has_ended, shown, until


def test_a_retry_says_which_it_is_and_when_it_comes() -> None:
    failed = ProducerFailed("upstream_away", "The model's server cannot be reached.", retryable=True)
    assert Retry(30.0, 3, 5).described(failed, datetime(2026, 11, 27, 12, tzinfo=UTC)) == {
        "state": "retrying",
        "attempt": 3,
        "of": 5,
        "next_at": "2026-11-27T12:00:30.000Z",
        "code": "upstream_away",
        "detail": "The model's server cannot be reached.",
    }


DELAYS = (1.0, 5.0, 900.0)


@pytest.mark.parametrize(
    ("tries", "retryable", "asked_to_wait", "retry"),
    [
        (0, True, None, Retry(1.0, 1, 3)),
        (1, True, None, Retry(5.0, 2, 3)),
        (2, True, None, Retry(900.0, 3, 3)),
        (3, True, None, None),
        (0, False, None, None),
        (0, False, 1.0, None),
        (0, True, 0.0, Retry(1.0, 1, 3)),
        (0, True, 30.0, Retry(30.0, 1, 3)),
        (0, True, 600.0, Retry(600.0, 1, 3)),
        (0, True, 601.0, None),
        (0, True, 86_400.0, None),
        # The operator waits as long anyway.
        (2, True, 800.0, Retry(900.0, 3, 3)),
        (2, True, 901.0, None),
    ],
)
def test_another_try_comes_when_it_may_help_and_somebody_still_waits_for_it(
    tries: int, retryable: bool, asked_to_wait: float | None, retry: Retry | None
) -> None:
    failed = ProducerFailed("upstream_busy", "Busy.", retryable=retryable, retry_after=asked_to_wait)
    assert retry_after_failure(failed, DELAYS, tries) == retry


def test_who_is_asked_to_come_back_tomorrow_is_told_so() -> None:
    failed = ProducerFailed("upstream_busy", "Busy.", retryable=True, retry_after=86_400.0)
    assert error_of(failed, datetime(2026, 11, 27, 12, tzinfo=UTC)) == {
        "code": "upstream_busy",
        "detail": "Busy. It asks to be left alone until 2026-11-28 12:00 UTC.",
        "retry_at": "2026-11-28T12:00:00.000Z",
    }


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("9" * 400, 365 * 86_400.0),
        ("Fri, 27 Nov 2026 12:01:00 GMT", 60.0),
        ("Fri, 27 Nov 2026 11:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 365 * 86_400.0),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
    ],
)
def test_when_to_come_back_is_read_as_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, datetime(2026, 11, 27, 12, tzinfo=UTC)) == seconds


async def test_a_model_that_is_to_be_left_alone_until_tomorrow_fails_at_once(talks: Talks) -> None:
    async with talks(fails(429, Retry_After="86400")) as talking:
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        answer = await ended(talking.person, question["reply"]["message_id"])
        assert (answer["status"], len(talking.server.asked)) == ("failed", 1)
        assert answer["metadata"]["error"]["code"] == "upstream_busy"
        assert "retry_at" in answer["metadata"]["error"]


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, "context_length_exceeded"])
async def test_a_refusal_within_the_stream_is_not_tried_again(talks: Talks, code: object) -> None:
    refused = json.dumps({"error": {"code": code, "message": "no"}})
    async with talks(sends(f"data: {refused}\n\n")) as talking:
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        answer = await ended(talking.person, question["reply"]["message_id"])
        assert answer["metadata"]["error"]["code"] == "upstream_refused"
        assert len(talking.server.asked) == 1


async def test_what_ended_an_answer_without_text_is_said_in_its_metadata(talks: Talks) -> None:
    async with talks(streams([], reason="length")) as talking:
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        answer = await ended(talking.person, question["reply"]["message_id"])
        assert (answer["status"], answer["content"]) == ("failed", "")
        assert answer["metadata"]["error"]["code"] == "out_of_tokens"
        assert answer["metadata"]["finish_reason"] == "length"
        assert answer["metadata"]["usage"]["prompt_tokens"] == 7


async def test_half_a_surrogate_pair_costs_no_answer(talks: Talks) -> None:
    async with talks(streams(["A\ud83d", "B"])) as talking:
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        answer = await ended(talking.person, question["reply"]["message_id"])
        assert (answer["status"], answer["content"]) == ("complete", "A\ufffdB")


async def test_while_nobody_answers_the_message_says_when_the_model_is_asked_again(talks: Talks) -> None:
    async with talks(fails(503), reply_retries="600") as talking, talking.person.device() as device:
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        id_ = question["reply"]["message_id"]
        message = await until(talking.person, id_, lambda message: "reply" in message["metadata"])
        reply = message["metadata"]["reply"]
        assert (message["status"], reply["state"], reply["attempt"], reply["of"]) == (
            "streaming",
            "retrying",
            1,
            1,
        )
        assert reply["code"] == "upstream_error"
        assert 590 < (datetime.fromisoformat(reply["next_at"]) - datetime.now(UTC)).total_seconds() < 600
        await device.until(lambda device: updates(device.received, id_))
        assert updates(device.received, id_) == [message]
        stopped = await talking.person.must("POST", f"/messages/{id_}/stop", {})
        assert "reply" not in stopped["metadata"]
        assert stopped["metadata"]["reply_to"] == question["id"]


async def test_what_it_said_while_it_tried_is_gone_before_the_first_word(talks: Talks) -> None:
    go_on = asyncio.Event()
    async with talks(fails(500), stalls(["Hol"], go_on)) as talking, talking.person.device() as device:
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        id_ = question["reply"]["message_id"]
        message = await until(talking.person, id_, lambda message: message["content"])
        assert "reply" not in message["metadata"]
        go_on.set()
        whole = await ended(talking.person, id_)
        await device.until(lambda device: has_ended(device, id_))
        said = ["reply" in one["metadata"] for one in updates(device.received, id_)]
        assert said == [True, False, False]
        first_word = [one[0] for one in device.received].index("message:delta")
        assert device.received[first_word - 1][1]["metadata"] == {"reply_to": question["id"]}
        assert shown(device, id_) == whole["content"]


async def test_an_answer_that_failed_for_good_says_only_why(talks: Talks) -> None:
    async with talks(sends("data: {garbage\n\n")) as talking:
        question = await ask(talking.person, await talking.person.conversation(title="named"))
        metadata = (await ended(talking.person, question["reply"]["message_id"]))["metadata"]
        assert metadata["error"]["code"] == "upstream_garbage"
        assert "reply" not in metadata


def updates(received: list[list[Json]], message_id: str) -> list[Json]:
    """Every change of a message that a device was sent."""
    return [one[1] for one in received if one[0] == "message:updated" and one[1]["id"] == message_id]
