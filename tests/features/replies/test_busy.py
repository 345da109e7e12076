"""When an answer is under way already: reject, enqueue or interrupt, under races too."""

import asyncio

from tests.features.replies.conftest import Talking, Talks
from tests.support.chat_server import Talk, stalls, streams
from tests.support.people import Answer, Json
from tests.support.talks import ask, ended, until


async def asking(talking: Talking, conversation: Json, content: str, on_busy: str) -> Answer:
    body = {
        "conversation_id": conversation["id"],
        "role": "user",
        "content": content,
        "reply": True,
        "on_busy": on_busy,
    }
    return await talking.person.rest("POST", "/messages", body)


async def contents(talking: Talking, conversation: Json) -> list[str]:
    messages = await talking.person.must("GET", f"/messages/{conversation['id']}")
    return [message["content"] for message in messages]


async def test_reject_writes_nothing(talks: Talks) -> None:
    go_on = asyncio.Event()
    async with talks(stalls(["Hol"], go_on)) as talking:
        conversation = await talking.person.conversation(title="named")
        first = await ask(talking.person, conversation)
        refused = await asking(talking, conversation, "second", "reject")
        assert (refused.status, refused.code) == (409, "busy")
        later = await talking.person.rest("POST", f"/messages/{first['id']}/reply", {})
        assert (later.status, later.code) == (409, "busy")
        assert "second" not in await contents(talking, conversation)
        go_on.set()
        await ended(talking.person, first["reply"]["message_id"])


async def test_another_conversation_is_not_busy(talks: Talks) -> None:
    go_on = asyncio.Event()
    async with talks(stalls([], go_on), streams()) as talking:
        first = await ask(talking.person, await talking.person.conversation(title="one"))
        second = await ask(talking.person, await talking.person.conversation(title="two"))
        assert second["reply"]["state"] == "streaming"
        go_on.set()
        for question in (first, second):
            await ended(talking.person, question["reply"]["message_id"])


async def test_a_message_that_a_client_streams_makes_the_conversation_busy_too(talks: Talks) -> None:
    async with talks(streams(["done"])) as talking:
        conversation = await talking.person.conversation(title="named")
        body = {"conversation_id": conversation["id"], "role": "assistant", "status": "streaming"}
        own = await talking.person.must("POST", "/messages", body)
        assert (await asking(talking, conversation, "no", "reject")).code == "busy"
        queued = (await asking(talking, conversation, "yes", "enqueue")).body
        assert queued["reply"]["state"] == "queued"
        await talking.person.must("POST", f"/messages/{own['id']}/finish", {})
        assert (await ended(talking.person, queued["reply"]["message_id"]))["content"] == "done"


async def test_the_queue_is_answered_in_order_each_seeing_what_was_up_to_its_question(talks: Talks) -> None:
    go_on = asyncio.Event()

    async def echo(talk: Talk) -> None:
        await go_on.wait()
        await streams([f"to {talk.asked['messages'][-1]['content']}"])(talk)

    async with talks(echo) as talking:
        conversation = await talking.person.conversation(title="named")
        asked = [(await asking(talking, conversation, f"q{n}", "enqueue")).body for n in range(3)]
        assert [one["reply"]["state"] for one in asked] == ["streaming", "queued", "queued"]
        go_on.set()
        answers = [await ended(talking.person, one["reply"]["message_id"]) for one in asked]
        assert [answer["content"] for answer in answers] == ["to q0", "to q1", "to q2"]
        seen = [[turn["content"] for turn in one["messages"]] for one in talking.server.asked]
        assert seen == [["q0"], ["q0", "to q0", "q1"], ["q0", "to q0", "q1", "to q1", "q2"]]


async def test_ten_may_wait_and_the_eleventh_writes_nothing(talks: Talks) -> None:
    async with talks(stalls([])) as talking:
        conversation = await talking.person.conversation(title="named")
        answers = await asyncio.gather(
            *(asking(talking, conversation, f"q{n}", "enqueue") for n in range(13))
        )
        states = sorted(answer.body.get("reply", {}).get("state", answer.code) for answer in answers)
        assert states == ["busy"] * 2 + ["queued"] * 10 + ["streaming"]
        assert len(await contents(talking, conversation)) == 22


async def test_a_stop_cancels_what_is_queued(talks: Talks) -> None:
    go_on = asyncio.Event()
    async with talks(stalls([], go_on), streams(["third"])) as talking:
        conversation = await talking.person.conversation(title="named")
        first, second, third = [
            (await asking(talking, conversation, f"q{n}", "enqueue")).body["reply"]["message_id"]
            for n in range(3)
        ]
        stopped = await talking.person.must("POST", f"/messages/{second}/stop", {})
        assert (stopped["status"], stopped["content"]) == ("stopped", "")
        go_on.set()
        assert (await ended(talking.person, first))["status"] == "complete"
        assert (await ended(talking.person, third))["content"] == "third"
        assert [one["messages"][-1]["content"] for one in talking.server.asked] == ["q0", "q1\n\nq2"]


async def test_deleting_the_answer_under_way_lets_the_next_begin(talks: Talks) -> None:
    async with talks(stalls(["Hol"]), streams(["second"])) as talking:
        conversation = await talking.person.conversation(title="named")
        first = (await asking(talking, conversation, "q0", "enqueue")).body["reply"]["message_id"]
        second = (await asking(talking, conversation, "q1", "enqueue")).body["reply"]["message_id"]
        await until(talking.person, first, lambda message: message["content"])
        await talking.person.must("DELETE", f"/messages/{first}")
        assert (await ended(talking.person, second))["content"] == "second"


async def test_interrupt_stops_what_is_under_way_with_its_text(talks: Talks) -> None:
    async with talks(stalls(["Hol"]), streams(["second"])) as talking:
        conversation = await talking.person.conversation(title="named")
        first = await ask(talking.person, conversation)
        await until(talking.person, first["reply"]["message_id"], lambda message: message["content"])
        second = (await asking(talking, conversation, "q1", "interrupt")).body
        assert second["reply"]["state"] == "streaming"
        stopped = await ended(talking.person, first["reply"]["message_id"])
        assert (stopped["status"], stopped["content"]) == ("stopped", "Hol")
        assert (await ended(talking.person, second["reply"]["message_id"]))["content"] == "second"


async def test_of_many_who_reject_at_once_one_is_answered(talks: Talks) -> None:
    go_on = asyncio.Event()
    async with talks(stalls([], go_on)) as talking:
        conversation = await talking.person.conversation(title="named")
        answers = await asyncio.gather(*(asking(talking, conversation, f"q{n}", "reject") for n in range(8)))
        assert sorted(answer.status for answer in answers) == [201] + [409] * 7
        assert len(await contents(talking, conversation)) == 2
        go_on.set()


async def test_of_many_who_interrupt_at_once_the_last_is_answered_and_the_others_stopped(
    talks: Talks,
) -> None:
    async with talks(streams(["x"] * 50, pause=0.05)) as talking:
        conversation = await talking.person.conversation(title="named")
        answers = await asyncio.gather(
            *(asking(talking, conversation, f"q{n}", "interrupt") for n in range(4))
        )
        asked = [answer.body["reply"]["message_id"] for answer in answers if answer.status == 201]
        statuses = sorted([(await ended(talking.person, id_))["status"] for id_ in asked])
        assert statuses == ["complete"] + ["stopped"] * (len(asked) - 1)
