"""A connection to the broker: confirmed messages, brokers that go and come, and what they refuse."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import aio_pika
import pytest
from structlog.testing import capture_logs

from bench.rabbitmq import RabbitMQ
from bitworks.amqp import topology
from bitworks.amqp.amqp_url import read_amqp_url
from bitworks.amqp.broker import Broker, BrokerAway, BrokerMessage, MessageTooLarge, NoSuchQueue
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


@asynccontextmanager
async def connected(url: str, *, declares: bool = True) -> AsyncIterator[Broker]:
    broker = Broker(read_amqp_url(url), "tests", topology.questions, declares=declares)
    async with broker.running():
        async with asyncio.timeout(PATIENCE):
            await broker.up()
        yield broker


@pytest.fixture
async def broker(rabbitmq: RabbitMQ) -> AsyncIterator[Broker]:
    async with connected(rabbitmq.url) as one:
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
        await put_in_the_end(broker, large)
    await put_in_the_end(broker, a_message(b"x" * LIMIT))
    assert [len(body) for body in await emptied(rabbitmq)] == [LIMIT]


async def put_in_the_end(broker: Broker, message: BrokerMessage) -> None:
    """As who sends does: again, while no broker confirms it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(BrokerAway):
                return await put(broker, message)
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
        async with connected(url) as broker:
            await put(broker, a_message())
    assert len(await emptied(rabbitmq)) == 5


@pytest.mark.parametrize("part", ["password", "virtual host", "queue"])
async def test_what_the_broker_refuses_is_said_in_the_log_and_tried_again(
    part: str, rabbitmq: RabbitMQ
) -> None:
    url = {
        "password": f"amqp://guest:wrong@127.0.0.1:{rabbitmq.port}/",
        "virtual host": f"{rabbitmq.url}none",
        "queue": f"{rabbitmq.url}empty",
    }[part]
    await rabbitmq.control("add_vhost", "empty")
    await rabbitmq.control("set_permissions", "-p", "empty", "guest", ".*", ".*", ".*")
    with capture_logs() as logs:
        broker = Broker(read_amqp_url(url), "tests", topology.questions, declares=False)
        async with broker.running(), asyncio.timeout(PATIENCE):
            while not logs:  # noqa: ASYNC110 - a log sets no event
                await asyncio.sleep(0.01)
    assert logs[0]["event"] in ("amqp_refused", "amqp_away")
    assert "wrong" not in str(logs)
