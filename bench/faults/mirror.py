"""A consumer of events that keeps a mirror, as the documents say, and notes how late each event came."""

import asyncio
import importlib.util
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aio_pika
import aiormq
import orjson
from aio_pika.exceptions import CONNECTION_EXCEPTIONS

from bench.faults.cluster import ROOT
from bitworks.amqp.topology import EVENTS

QUEUE = "mirror"
PREFETCH = 500
ACKNOWLEDGE = 0.02  # seconds: what came within them is acknowledged at once
TRY_AGAIN = 0.1  # seconds


def mirror_of_documents() -> Any:
    """An empty mirror of `docs/examples/mirror.py`."""
    spec = importlib.util.spec_from_file_location("mirror", ROOT / "docs/examples/mirror.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Mirror()


@dataclass(slots=True)
class Watcher:
    """`lags`: when an event came, by time.monotonic(), and the seconds since what it tells of."""

    rows: Any = field(default_factory=mirror_of_documents)
    lags: list[tuple[float, float]] = field(default_factory=list)
    repeated: int = 0
    overtaken: int = 0
    _seen: set[str] = field(default_factory=set)

    def take(self, body: bytes) -> None:
        event = orjson.loads(body)
        user, sequence = event.get("partitionkey"), event.get("sequence", "")
        if event["id"] in self._seen:
            self.repeated += 1
        elif user is not None and sequence <= self.rows.seen.get(user, ""):
            self.overtaken += 1  # a consumer drops it, and never has it
        self._seen.add(event["id"])
        self.rows.take(event)
        told = datetime.fromisoformat(event["time"]).timestamp()
        self.lags.append((time.monotonic(), time.time() - told))

    def caught_up(self, since: float, lag: float) -> float:
        """Seconds after `since` until no event came later than `lag` any more."""
        late = [came for came, behind in self.lags if came > since and behind > lag]
        return late[-1] - since if late else 0.0

    def messages(self, user: str) -> list[tuple[str, int]]:
        """Id and revision of each message of a user, as the mirror has them."""
        rows = self.rows.rows.get(user, {})
        return sorted((row["id"], row["revision"]) for (kind, _), row in rows.items() if kind == "message")


@asynccontextmanager
async def watching(url: str) -> AsyncIterator[Watcher]:
    """Consumes for as long as the block runs, however often the broker goes."""
    watcher, there = Watcher(), asyncio.Event()
    consuming = asyncio.create_task(_consume_forever(url, watcher, there))
    try:
        async with asyncio.timeout(60):
            await there.wait()
        yield watcher
    finally:
        consuming.cancel()
        with suppress(asyncio.CancelledError):
            await consuming


async def _consume_forever(url: str, watcher: Watcher, there: asyncio.Event) -> None:
    while True:
        with suppress(*CONNECTION_EXCEPTIONS, TimeoutError):
            async with asyncio.timeout(5):
                connection = await aio_pika.connect(url)
            async with connection:
                await _consume(connection, watcher, there)
        await asyncio.sleep(TRY_AGAIN)


async def _consume(
    connection: aio_pika.abc.AbstractConnection, watcher: Watcher, there: asyncio.Event
) -> None:
    async with asyncio.timeout(30):
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        exchange = await channel.declare_exchange(EVENTS, "topic", durable=True)
        queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        await queue.bind(exchange, "#")
    lost = asyncio.ensure_future(channel.closed())
    taken: int | None = None

    async def take(message: aiormq.abc.DeliveredMessage) -> None:
        nonlocal taken
        watcher.take(message.body)
        taken = message.delivery_tag

    # A third of what the consumer takes is left out below aio-pika: it shares the machine with what is measured.
    below = await channel.get_underlay_channel()
    await below.basic_consume(queue.name, take)
    there.set()
    while not lost.done():
        await asyncio.wait([lost], timeout=ACKNOWLEDGE)
        if taken is not None:
            last, taken = taken, None
            await below.basic_ack(last, multiple=True)
