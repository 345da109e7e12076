"""A workflow of one's own: signed, tried again under the same id, answered at once or later, replayed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from standardwebhooks import Webhook

from tests.support.instances import SECRET as INSTANCE_SECRET
from tests.support.instances import Instance, running
from tests.support.people import PATIENCE, Json, Person, register
from tests.support.program import bitworks
from tests.support.talks import ask, ended, until

SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"


@dataclass(slots=True)
class Workflow:
    """A real workflow. `answers` are given one for each request, the last to all that follow."""

    answers: list[tuple[int, Any]]
    ids: list[str] = field(default_factory=list)
    asked: list[Json] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.asked.append(Webhook(SECRET).verify(body, dict(request.headers)))
        self.ids.append(request.headers["webhook-id"])
        status, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            return web.Response(status=status, text=answer)
        return web.json_response(answer, status=status)


@asynccontextmanager
async def asking_a_workflow(
    database_url: str, http: aiohttp.ClientSession, *answers: tuple[int, Any], **settings: object
) -> AsyncIterator[tuple[Workflow, Instance, Person]]:
    workflow = Workflow(list(answers))
    app = web.Application()
    app.router.add_post("/hook", workflow.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    chosen = {
        "webhook_url": f"http://127.0.0.1:{runner.addresses[0][1]}/hook",
        "webhook_secret": SECRET,
        "reply_retries": "0.05,0.05",
        **settings,
    }
    try:
        async with running(database_url, **chosen) as instance:
            yield workflow, instance, await register(instance, http)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    "answer", [{"content": "Hola", "metadata": {"model": "mine", "reply_to": "forged"}}, "Hola"]
)
async def test_it_may_answer_at_once_in_the_response(
    database_url: str, http: aiohttp.ClientSession, answer: Any
) -> None:
    async with asking_a_workflow(database_url, http, (200, answer)) as (workflow, _, person):
        question = await ask(person, await person.conversation(title="named"))
        message = await ended(person, question["reply"]["message_id"])
        assert (message["status"], message["content"]) == ("complete", "Hola")
        assert message["metadata"]["reply_to"] == question["id"]
        data = workflow.asked[0]["data"]
        assert data["message"]["id"] == question["id"]
        assert [turn["content"] for turn in data["window"]] == ["¿Qué tal?"]


async def test_it_may_answer_later_with_a_token_that_opens_this_reply_alone(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    started = (200, {"message": "Workflow was started"})
    async with asking_a_workflow(database_url, http, started) as (workflow, _, person):
        conversation = await person.conversation(title="named")
        question = await ask(person, conversation)
        id_ = question["reply"]["message_id"]
        other = await person.must(
            "POST",
            "/messages",
            {"conversation_id": conversation["id"], "role": "tool", "status": "streaming"},
        )
        await until(person, id_, lambda _: workflow.asked)
        token = workflow.asked[0]["data"]["reply"]["token"]
        for path in (f"/messages/{other['id']}/append", "/messages"):
            refused = await person.rest("POST", path, {"text": "x"}, token=token)
            assert refused.status == 401
        for text in ("Ho", "la"):
            await person.must("POST", f"/messages/{id_}/append", {"text": text}, token=token)
        await person.must("POST", f"/messages/{id_}/finish", {}, token=token)
        assert (await ended(person, id_))["content"] == "Hola"


async def test_a_workflow_that_answers_later_takes_no_turn_of_its_user(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    answers = (202, None), (200, "Hola")
    async with asking_a_workflow(database_url, http, *answers, replies_per_user=1) as (_, _, person):
        await ask(person, await person.conversation(title="named"))
        quick = await ask(person, await person.conversation(title="named"))
        assert (await ended(person, quick["reply"]["message_id"]))["content"] == "Hola"


async def test_a_workflow_that_answers_later_cannot_say_what_it_answers(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with asking_a_workflow(database_url, http, (202, None)) as (workflow, _, person):
        question = await ask(person, await person.conversation(title="named"))
        id_ = question["reply"]["message_id"]
        await until(person, id_, lambda _: workflow.asked)
        forged = dict.fromkeys(("reply_to", "vocabulary", "reply", "origin"), "forged")
        await person.must(
            "POST",
            f"/messages/{id_}/finish",
            {"metadata": {**forged, "model": "mine"}},
            token=workflow.asked[0]["data"]["reply"]["token"],
        )
        metadata = (await ended(person, id_))["metadata"]
        assert metadata == {"reply_to": question["id"], "vocabulary": "o200k_base", "model": "mine"}


async def test_it_is_sent_what_it_needs_to_pair_calls_with_their_results(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with asking_a_workflow(database_url, http, (200, "Hola")) as (workflow, _, person):
        conversation = await person.conversation(title="named")
        await person.message(conversation, "What is the weather?")
        calls = [{"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
        await person.message(conversation, "Look.", role="assistant", metadata={"tool_calls": calls})
        await person.message(conversation, "rain", role="tool", metadata={"tool_call_id": "1"})
        question = await ask(person, conversation, "Well?")
        await ended(person, question["reply"]["message_id"])
        assert workflow.asked[0]["data"]["window"] == [
            {"role": "user", "content": "What is the weather?"},
            {"role": "assistant", "content": "Look.", "tool_calls": calls},
            {"role": "tool", "content": "rain", "tool_call_id": "1"},
            {"role": "user", "content": "Well?"},
        ]


async def test_metadata_that_leaves_no_room_for_the_servers_own_ends_the_answer_and_is_not_asked_for_again(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    reply = {"content": "Hola", "metadata": {"a": "x" * (16 * 1024 - 20)}}
    async with asking_a_workflow(database_url, http, (200, reply)) as (workflow, _, person):
        question = await ask(person, await person.conversation(title="named"))
        message = await ended(person, question["reply"]["message_id"])
        assert (message["status"], message["content"]) == ("failed", "Hola")
        assert message["metadata"]["error"]["code"] == "too_long"
        assert "16 KiB" in message["metadata"]["error"]["detail"]
        assert len(workflow.ids) == 1


async def test_it_is_tried_again_under_the_same_delivery_id(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    answers = [(500, "no"), (429, "no"), (200, {"content": "Hola"})]
    async with asking_a_workflow(database_url, http, *answers) as (workflow, _, person):
        question = await ask(person, await person.conversation(title="named"))
        assert (await ended(person, question["reply"]["message_id"]))["content"] == "Hola"
        assert len(workflow.ids) == 3
        assert len(set(workflow.ids)) == 1


async def test_each_try_has_a_token_that_lasts_from_then_on(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    answers = (503, None), (202, None)
    async with asking_a_workflow(database_url, http, *answers, webhook_timeout=3, reply_retries="1.5") as (
        workflow,
        _,
        person,
    ):
        question = await ask(person, await person.conversation(title="named"))
        await until(person, question["reply"]["message_id"], lambda _: len(workflow.asked) == 2)
    first, second = [jwt.decode(one["data"]["reply"]["token"], options={"verify_signature": False})
                     for one in workflow.asked]  # fmt: skip
    assert second["exp"] > first["exp"]


async def test_what_nobody_took_can_be_read_and_replayed_under_the_same_id(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    answers = [(500, "no")] * 3 + [(200, {"content": "Hola"})]
    async with asking_a_workflow(database_url, http, *answers) as (workflow, instance, person):
        question = await ask(person, await person.conversation(title="named"))
        failed = await ended(person, question["reply"]["message_id"])
        assert (failed["status"], failed["metadata"]["error"]["code"]) == ("failed", "webhook_failed")
        (letter,) = await instance.app.replies.dead_letters()
        assert (letter.message_id, letter.tries) == (failed["id"], 3)
        asked = await instance.app.replies.replay(letter)
        assert (await ended(person, asked.reply.message_id))["content"] == "Hola"
        assert len(workflow.ids) == 4
        assert len(set(workflow.ids)) == 1
        assert await instance.app.replies.dead_letters() == []


async def test_dead_letters_are_listed_shown_and_replayed_from_the_command_line(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    refusals = [(500, "not now")] * 3
    async with asking_a_workflow(database_url, http, *refusals, (200, "Hola")) as (workflow, _, person):
        question = await ask(person, await person.conversation(title="named"))
        dead = question["reply"]["message_id"]
        assert (await ended(person, dead))["status"] == "failed"

        async def webhooks(*arguments: str) -> str:
            settings = {"database_url": database_url, "secret_key": INSTANCE_SECRET}
            ran = await asyncio.to_thread(bitworks, "webhooks", *arguments, **settings)
            assert ran.returncode == 0, ran.stderr
            return ran.stdout

        assert dead in await webhooks("list")
        assert question["id"] in await webhooks("show", dead)
        assert question["id"] in await webhooks("replay", dead)
        assert dead not in await webhooks("list")
        async with asyncio.timeout(2 * PATIENCE):
            while len(workflow.ids) < len(refusals) + 1:  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.02)
        assert len(set(workflow.ids)) == 1
        messages = await person.must("GET", f"/messages/{question['conversation_id']}")
        assert (await ended(person, messages[-1]["id"]))["content"] == "Hola"
