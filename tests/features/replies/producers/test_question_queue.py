"""Questions in a queue: whoever dies, comes twice, too late, or is away (A4)."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aio_pika
import aiohttp
import pytest

from bench.ports import held_port
from bench.rabbitmq import RabbitMQ
from bitworks.amqp.topology import QUESTIONS
from tests.support.children import Child, child
from tests.support.instances import SECRET, Instance, running
from tests.support.people import Person, register
from tests.support.program import a_person_at, serving
from tests.support.rabbitmq import EXAMPLES, a_broker, example, queue_made
from tests.support.talks import ask, ended, until


@contextmanager
def a_worker(amqp_url: str) -> Iterator[Child]:
    """The worker of the documents, as a process."""
    command = [sys.executable, EXAMPLES / "worker.py"]
    with child(command, env={**os.environ, "AMQP_URL": amqp_url}) as process:
        yield process


@pytest.fixture
async def person(database_url: str, amqp_url: str, http: aiohttp.ClientSession) -> AsyncIterator[Person]:
    """Somebody at a server whose questions go to the queue, and that workers can reach."""
    with (
        held_port() as port,
        serving(
            database_url=database_url, secret_key=SECRET, host="127.0.0.1", port=port,
            public_url=f"http://127.0.0.1:{port}", amqp_url=amqp_url, reply_producer="amqp",
        ) as (_, url),
    ):  # fmt: skip
        yield await a_person_at(url, http)


@asynccontextmanager
async def taking(amqp_url: str) -> AsyncIterator["asyncio.Queue[aio_pika.abc.AbstractIncomingMessage]"]:
    """A worker of the test's own, who takes questions and leaves them unanswered."""
    taken: asyncio.Queue[aio_pika.abc.AbstractIncomingMessage] = asyncio.Queue()
    connection = await aio_pika.connect(amqp_url)
    async with connection, connection.channel() as channel:
        await channel.set_qos(prefetch_count=10)
        queue = await channel.get_queue(QUESTIONS)
        await queue.consume(taken.put)
        yield taken


async def one(questions: "asyncio.Queue[aio_pika.abc.AbstractIncomingMessage]") -> Any:
    async with asyncio.timeout(20):
        return await questions.get()


@pytest.mark.servers
async def test_the_worker_of_the_documents_answers(person: Person, amqp_url: str) -> None:
    with a_worker(amqp_url):
        question = await ask(person, await person.conversation(title="named"), "How are you?")
        message = await ended(person, question["reply"]["message_id"])
    assert (message["status"], message["content"]) == ("complete", "You said: How are you? ")
    assert message["metadata"]["reply_to"] == question["id"]


@pytest.mark.servers
async def test_a_question_is_what_a_webhook_would_be_sent_under_its_delivery_id(
    person: Person, amqp_url: str
) -> None:
    question = await ask(person, await person.conversation(title="named"), "How are you?")
    async with taking(amqp_url) as questions:
        message = await one(questions)
        body = json.loads(message.body)
        await message.ack()
    assert body["type"] == "reply.requested"
    assert body["data"]["message"]["id"] == question["id"]
    assert body["data"]["window"] == [{"role": "user", "content": "How are you?"}]
    assert body["data"]["reply"]["append_url"].endswith(f"/{question['reply']['message_id']}/append")
    assert (message.content_type, message.delivery_mode) == ("application/json", 2)
    assert len(message.message_id) == 36
    assert message.message_id != question["id"]


@pytest.mark.servers
async def test_the_question_of_a_worker_that_died_goes_to_another(person: Person, amqp_url: str) -> None:
    question = await ask(person, await person.conversation(title="named"))
    async with taking(amqp_url) as questions:
        await one(questions)  # and is gone, without having written or acknowledged anything
    with a_worker(amqp_url):
        message = await ended(person, question["reply"]["message_id"])
    assert message["status"] == "complete"


@pytest.mark.servers
async def test_an_answer_that_a_worker_has_begun_is_left_to_it(person: Person, amqp_url: str) -> None:
    question = await ask(person, await person.conversation(title="named"))
    async with taking(amqp_url) as questions:
        data = json.loads((await one(questions)).body)["data"]
    worker, go_on = example("worker"), asyncio.Event()

    async def slowly(window: object) -> AsyncIterator[str]:
        yield "Begun "
        await go_on.wait()
        yield "and ended."

    worker.words = slowly
    async with aiohttp.ClientSession() as first, aiohttp.ClientSession() as second:
        writing = asyncio.create_task(worker.answer(first, data, False))
        await until(person, question["reply"]["message_id"], lambda message: message["content"])
        await worker.answer(second, data, False)  # the question was sent twice
        go_on.set()
        await writing
    message = await ended(person, question["reply"]["message_id"])
    assert (message["status"], message["content"]) == ("complete", "Begun and ended.")


@pytest.mark.servers
async def test_an_answer_whose_worker_died_is_ended_by_the_one_that_gets_the_question_again(
    person: Person, amqp_url: str
) -> None:
    question = await ask(person, await person.conversation(title="named"))
    async with taking(amqp_url) as questions, aiohttp.ClientSession() as http:
        reply = json.loads((await one(questions)).body)["data"]["reply"]
        http.headers["Authorization"] = f"Bearer {reply['token']}"
        assert await example("worker").post(http, reply["append_url"], text="Begun ") == 6
    with a_worker(amqp_url):
        message = await ended(person, question["reply"]["message_id"])
    assert (message["status"], message["content"]) == ("failed", "Begun ")


@pytest.mark.servers
async def test_a_worker_is_done_with_a_question_that_was_stopped(person: Person, amqp_url: str) -> None:
    question = await ask(person, await person.conversation(title="named"))
    await person.must("POST", f"/messages/{question['reply']['message_id']}/stop")
    with a_worker(amqp_url):
        again = await ask(person, await person.conversation(title="named"))
        assert (await ended(person, again["reply"]["message_id"]))["status"] == "complete"
    message = await person.must("GET", f"/messages/detail/{question['reply']['message_id']}")
    assert (message["status"], message["content"]) == ("stopped", "")


async def test_a_question_that_nobody_took_has_failed_and_leaves_the_queue(
    database_url: str, amqp_url: str, http: aiohttp.ClientSession
) -> None:
    async with asking(database_url, amqp_url, webhook_timeout=1) as instance:
        person = await register(instance, http)
        question = await ask(person, await person.conversation(title="named"))
        message = await ended(person, question["reply"]["message_id"])
        assert message["metadata"]["error"]["code"] == "webhook_silent"
        async with taking(amqp_url) as questions:
            later = await ask(person, await person.conversation(title="named"))
            body = json.loads((await one(questions)).body)
            assert body["data"]["message"]["id"] == later["id"]


@asynccontextmanager
async def asking(database_url: str, amqp_url: str, **settings: object) -> AsyncIterator[Instance]:
    chosen = {"reply_producer": "amqp", "reply_retries": "0.1,0.1", "amqp_url": amqp_url, **settings}
    async with running(database_url, **chosen) as instance:
        yield instance


async def test_a_question_without_a_broker_is_tried_again_and_then_kept(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitworks.features.replies.producers.question_queue.CONFIRM_TIMEOUT", 0.1)
    async with asking(database_url, "amqp://127.0.0.1:1/") as instance:
        person = await register(instance, http)
        question = await ask(person, await person.conversation(title="named"))
        message = await ended(person, question["reply"]["message_id"])
        assert message["status"] == "failed"
        assert message["metadata"]["error"] == {
            "code": "queue_away", "detail": "No message broker can be reached."
        }  # fmt: skip
        [letter] = await instance.app.replies.dead_letters()
        assert letter.question_id == question["id"]


@pytest.mark.servers
async def test_a_question_that_is_asked_while_the_broker_is_away_is_put_there_once_it_is_back(
    database_url: str, http: aiohttp.ClientSession, broker_of_module: RabbitMQ
) -> None:
    retries = ",".join(["0.2"] * 200)
    async with asking(database_url, broker_of_module.url, reply_retries=retries) as instance:
        person = await register(instance, http)
        await ask(person, await person.conversation(title="named"))
        await broker_of_module.kill()
        question = await ask(person, await person.conversation(title="named"), "While away?")
        await broker_of_module.start()
        await until(person, question["reply"]["message_id"], lambda one: "reply" not in one["metadata"])
        async with taking(broker_of_module.url) as questions:
            asked = {json.loads((await one(questions)).body)["data"]["message"]["content"] for _ in range(2)}
    assert asked == {"¿Qué tal?", "While away?"}


@pytest.fixture(scope="module")
def broker_of_module() -> Iterator[RabbitMQ]:
    """One that may be killed."""
    with a_broker() as broker:
        asyncio.run(queue_made(broker.url))
        yield broker


async def test_a_queue_that_is_only_looked_for_must_be_there(
    database_url: str, amqp_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitworks.features.replies.producers.question_queue.CONFIRM_TIMEOUT", 0.5)
    async with asking(database_url, amqp_url, amqp_declare="off", reply_retries="0.1") as instance:
        person = await register(instance, http)
        question = await ask(person, await person.conversation(title="named"))
        message = await ended(person, question["reply"]["message_id"])
        assert message["metadata"]["error"]["code"] == "queue_away"


def test_the_worker_of_the_documents_has_forty_lines() -> None:
    lines = (EXAMPLES / "worker.py").read_text(encoding="utf-8").splitlines()
    code = [
        line for line in lines if line.strip() and not line.strip().startswith(('"', "import", "async def"))
    ]
    assert len(code) <= 40
