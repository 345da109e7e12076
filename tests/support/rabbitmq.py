"""A real RabbitMQ for the tests that ask for one, and a consumer of theirs."""

import asyncio
import importlib.util
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import aio_pika
import pytest

from bench.rabbitmq import NoRabbitMQ, RabbitMQ, running_rabbitmq
from bitworks.amqp import topology
from bitworks.amqp.amqp_url import read_amqp_url
from bitworks.amqp.broker import Broker
from bitworks.amqp.topology import EVENTS
from tests.support.people import PATIENCE

SETTLED = 2.0
"""Seconds: a quorum queue whose broker is killed within one of its making has no leader for half a minute."""
EXAMPLES = Path(__file__).parent.parent.parent / "docs/examples"


@contextmanager
def a_broker(settings: str = "") -> Iterator[RabbitMQ]:
    """A broker of the test's own. Skips the test, and says why in one line, where there is none to be had."""
    with asyncio.Runner() as runner:
        running = running_rabbitmq(settings)
        try:
            broker = runner.run(running.__aenter__())
        except NoRabbitMQ as reason:
            pytest.skip(str(reason))
        try:
            yield broker
        finally:
            runner.run(running.__aexit__(None, None, None))


async def queue_made(url: str) -> None:
    """Makes the queue of questions, and leaves it the time that it needs: see `SETTLED`."""
    broker = Broker(read_amqp_url(url), "tests", topology.questions, declares=True)
    async with broker.running(), asyncio.timeout(PATIENCE):
        await broker.up()
        await asyncio.sleep(SETTLED)


def example(name: str) -> ModuleType:
    """A program of `docs/examples`, as it stands there."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Consumer:
    """Takes what comes to a queue of its own, in order."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.messages: list[aio_pika.abc.AbstractIncomingMessage] = []
        self._came = asyncio.Condition()
        self.mirror = example("mirror").Mirror()

    async def take(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        event = json.loads(message.body)
        self.messages.append(message)
        self.events.append(event)
        self.mirror.take(event)
        await message.ack()
        async with self._came:
            self._came.notify_all()

    def types(self) -> list[str]:
        return [event["type"].removeprefix("bitworks.") for event in self.events]

    async def until(self, condition: Any) -> Any:
        """Waits until the condition holds of this consumer; gives what it gave."""
        async with asyncio.timeout(PATIENCE), self._came:
            return await self._came.wait_for(lambda: condition(self))


@asynccontextmanager
async def consuming(url: str, key: str = "#", queue: str | None = None) -> AsyncIterator[Consumer]:
    """A consumer of the events under this key, which the exchange need not have yet."""
    consumer = Consumer()
    connection = await aio_pika.connect(url)
    async with connection, connection.channel() as channel:
        exchange = await channel.declare_exchange(EVENTS, "topic", durable=True)
        bound = await channel.declare_queue(queue, durable=queue is not None, exclusive=queue is None)
        await bound.bind(exchange, key)
        await bound.consume(consumer.take)
        yield consumer
