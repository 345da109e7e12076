"""A connection to the broker: confirmed messages, brokers that go and come, and what they refuse."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress

import aio_pika
import pytest
from structlog.testing import capture_logs

from bench.rabbitmq import RabbitMQ
from bitworks.amqp import topology
from bitworks.amqp.amqp_url import read_amqp_url
from bitworks.amqp.broker import Broker, BrokerAway, Declare, MessageTooLarge, NoSuchQueue
from bitworks.amqp.messages import BrokerMessage
from tests.support.people import PATIENCE
from tests.support.rabbitmq import a_broker, queue_made

pytestmark = pytest.mark.servers
LIMIT = 100_000  # bytes


@pytest.fixture(scope="module")
def rabbitmq() -> Iterator[RabbitMQ]:
    """One that is broken by these tests, and takes no large messages."""
    with a_broker(f"max_message_size = {LIMIT}\n") as broker:
        asyncio.run(queue_made(broker.url))
        yield broker


@pytest.fixture
async def broker(rabbitmq: RabbitMQ) -> AsyncIterator[Broker]:
    async with running_broker(rabbitmq.url, topology.questions) as one:
        yield one
    await emptied(rabbitmq)


async def emptied(rabbitmq: RabbitMQ) -> list[bytes]:
    """What the queue held."""
    connection = await aio_pika.connect(rabbitmq.url)
    bodies = []
    async with connection, connection.channel() as channel:
        queue = await channel.get_queue(topology.QUESTIONS)
        while (message := await queue.get(no_ack=True, fail=False)) is not None:
            bodies.append(message.body)
    return bodies


def a_message(body: bytes = b"{}") -> BrokerMessage:
    return BrokerMessage("some id", body, "application/json")


async def put(broker: Broker, message: BrokerMessage) -> None:
    async with asyncio.timeout(PATIENCE):
        await broker.publish("", topology.QUESTIONS, message, mandatory=True)


async def test_a_confirmed_message_is_there_after_the_broker_was_killed(
    broker: Broker, rabbitmq: RabbitMQ
) -> None:
    await put(broker, a_message(b"kept"))
    await rabbitmq.kill()
    async with asyncio.timeout(PATIENCE):
        await broker.down()
    with pytest.raises(BrokerAway):
        await put(broker, a_message())
    await rabbitmq.start()
    async with asyncio.timeout(PATIENCE):
        await broker.up()
    await put(broker, a_message(b"later"))
    assert await emptied(rabbitmq) == [b"kept", b"later"]


async def test_a_message_that_is_too_large_is_told_from_the_others_that_are_under_way(
    broker: Broker, rabbitmq: RabbitMQ
) -> None:
    large = a_message(b"x" * (LIMIT + 1))
    with pytest.raises(BrokerAway):
        await put(broker, large)
    with pytest.raises(MessageTooLarge):
        await in_the_end(lambda: put(broker, large))
    await in_the_end(lambda: put(broker, a_message(b"x" * LIMIT)))
    assert [len(body) for body in await emptied(rabbitmq)] == [LIMIT]


async def in_the_end(publish: Callable[[], Awaitable[None]]) -> None:
    """As who sends does: again, while no broker confirms it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(BrokerAway):
                return await publish()
            await asyncio.sleep(0.01)


async def test_a_queue_that_is_not_there_is_told(broker: Broker) -> None:
    with pytest.raises(NoSuchQueue):
        await broker.publish("", "nowhere", a_message(), mandatory=True)
    await put(broker, a_message())


async def test_a_message_waits_while_the_broker_has_no_room(broker: Broker, rabbitmq: RabbitMQ) -> None:
    await rabbitmq.control("set_vm_memory_high_watermark", "0.00001")
    try:
        putting = asyncio.create_task(put(broker, a_message(b"waited")))
        _, pending = await asyncio.wait([putting], timeout=1.0)
        assert pending
    finally:
        await rabbitmq.control("set_vm_memory_high_watermark", "0.8")
    await putting
    assert await emptied(rabbitmq) == [b"waited"]


async def test_of_several_brokers_one_that_is_there_is_taken(rabbitmq: RabbitMQ) -> None:
    url = f"amqp://guest:guest@127.0.0.1:1,127.0.0.1:{rabbitmq.port}/"
    for _ in range(5):
        async with running_broker(url, topology.questions) as broker:
            await put(broker, a_message())
    assert len(await emptied(rabbitmq)) == 5


@pytest.mark.parametrize("part", ["password", "virtual host", "queue"])
async def test_what_the_broker_refuses_is_said_in_the_log_and_tried_again(
    part: str, rabbitmq: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, said = {
        "password": (f"amqp://guest:wrong@127.0.0.1:{rabbitmq.port}/", "REFUSED"),
        "virtual host": (f"{rabbitmq.url}none", "none"),
        "queue": (f"{rabbitmq.url}empty", topology.QUESTIONS),
    }[part]
    await rabbitmq.control("add_vhost", "empty")
    await rabbitmq.control("set_permissions", "-p", "empty", "guest", ".*", ".*", ".*")
    monkeypatch.setattr("bitworks.amqp.broker.REFUSED_DELAY", 0.05)
    with capture_logs() as logs:
        broker = Broker(read_amqp_url(url), "tests", topology.questions, declares=False)
        async with broker.running(), asyncio.timeout(PATIENCE):
            while len(logs) < 2:  # noqa: ASYNC110 - a log sets no event
                await asyncio.sleep(0.01)
    assert {log["event"] for log in logs} == {"amqp_refused"}
    assert said in logs[0]["reason"]
    assert "wrong" not in str(logs)


async def test_what_is_deleted_at_the_broker_is_said_and_made_again(
    rabbitmq: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitworks.amqp.broker.REFUSED_DELAY", 0.05)
    with capture_logs() as logs:
        async with running_broker(rabbitmq.url, topology.events) as broker:
            await tell(broker)
            async with await aio_pika.connect(rabbitmq.url) as connection, connection.channel() as channel:
                await channel.exchange_delete(topology.EVENTS)
            with pytest.raises(BrokerAway):
                await tell(broker)
            await in_the_end(lambda: tell(broker))
    [refused] = [log for log in logs if log["event"] == "amqp_refused"]
    assert topology.EVENTS in refused["reason"]


async def test_a_broker_that_is_killed_while_it_has_no_room_is_found_when_it_is_back(
    rabbitmq: RabbitMQ,
) -> None:
    async with running_broker(rabbitmq.url, topology.events) as broker:
        await tell(broker)
        await rabbitmq.control("set_vm_memory_high_watermark", "0.00001")
        waiting = asyncio.create_task(tell(broker))
        _, pending = await asyncio.wait([waiting], timeout=1.0)
        assert pending
        await rabbitmq.kill()
        with pytest.raises(BrokerAway):
            await waiting
        await rabbitmq.start()  # with as much room as ever
        async with asyncio.timeout(PATIENCE):
            await broker.up()
        await tell(broker)


async def test_a_broker_that_stands_still_is_away(rabbitmq: RabbitMQ) -> None:
    async with running_broker(f"{rabbitmq.url}?heartbeat=1", topology.events) as broker:
        await tell(broker)
        os.killpg(rabbitmq.pid, signal.SIGSTOP)
        try:
            with pytest.raises(BrokerAway):
                await tell(broker)
        finally:
            os.killpg(rabbitmq.pid, signal.SIGCONT)


@asynccontextmanager
async def running_broker(url: str, declare: Declare) -> AsyncIterator[Broker]:
    broker = Broker(read_amqp_url(url), "tests", declare, declares=True)
    async with broker.running():
        async with asyncio.timeout(PATIENCE):
            await broker.up()
        yield broker


async def tell(broker: Broker) -> None:
    async with asyncio.timeout(PATIENCE):
        await broker.publish(topology.EVENTS, "message.created.ada", a_message())
