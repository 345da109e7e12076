"""An answer whose producer fails before any text: when it is asked again, and what people see meanwhile."""

import asyncio
from datetime import UTC, datetime

from bitworks.features.replies.producers.producer import ProducerFailed
from bitworks.features.replies.retries import Retry
from tests.features.replies.conftest import Talks
from tests.support.chat_server import fails, sends, stalls
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
