"""RabbitMQ fails, or who tells it: the mirror of a consumer is equal at the end, and nobody else notices."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager

from bench.faults.bars import Bar
from bench.faults.cluster import PROGRAM, ROOT, Machines
from bench.faults.ledger import Ledger
from bench.faults.mirror import Watcher, watching
from bench.faults.stage import Fault, Stage
from bench.rabbitmq import RabbitMQ, running_rabbitmq
from bitworks.features.relay.relay import NAME
from bitworks.storage.database import Database
from bitworks.storage.followers import Followers
from bitworks.storage.revisions import Revisions

EQUAL_WITHIN = 60.0  # seconds after the load has ended
LATE = 1.0  # seconds behind a commit: until then nobody has caught up
NO_MEMORY, MEMORY = "0.00001", "0.8"
RATE = 510  # writes a second: the rest of the machine is for broker, relays and consumer
KILLS = 3
CAUGHT_UP = "seconds until the mirror had caught up"
MISSING = "rows that the mirror lacks or has as they were"
OVERTAKEN = "events that came too late to be heeded"

Act = Callable[[Stage, RabbitMQ], Awaitable[float]]
"""Breaks and mends; gives when all was there again, by time.monotonic()."""


class Brokered:
    """What a fault has that has a broker: a consumer with a mirror, and maybe relays apart from the instances."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self._returned = 0.0
        self._broker: RabbitMQ | None = None
        self._watcher: Watcher | None = None

    @asynccontextmanager
    async def beside(self, on: Machines) -> AsyncIterator[Mapping[str, str]]:
        """The broker, the consumer, and a follower that begins with what comes."""
        database = await Database.connect(on.postgresql.url, 2, "session")
        followers = Followers(database)
        await followers.register(NAME)
        await followers.mark_as_told(NAME, await Revisions(database).epoch())
        try:
            async with running_rabbitmq() as self._broker, watching(self._broker.url) as self._watcher:
                yield {"AMQP_URL": self._broker.url}
        finally:
            await followers.forget(NAME)
            await database.close()

    async def act(self, stage: Stage) -> None:
        assert self._broker is not None
        self._returned = await self._act(stage, self._broker)

    async def afterwards(self, stage: Stage, ledger: Ledger) -> None:
        """Waits until the mirror is equal, and notes what it lacks if it does not become so."""
        assert self._watcher is not None
        deadline = time.monotonic() + EQUAL_WITHIN
        while (missing := await self._missing(stage, ledger)) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        stage.figures[MISSING] = missing
        stage.figures[OVERTAKEN] = self._watcher.overtaken
        stage.figures[CAUGHT_UP] = self._watcher.caught_up(self._returned, LATE)
        stage.notes.append(f"events that came again: {self._watcher.repeated}")

    async def _missing(self, stage: Stage, ledger: Ledger) -> int:
        assert self._watcher is not None
        missing = 0
        for user in ledger.users:
            there = set(await stage.cluster.postgresql.messages(user))
            missing += len(there.symmetric_difference(self._watcher.messages(user)))
        return missing


async def killed_twice(stage: Stage, broker: RabbitMQ) -> float:
    await stage.warm()
    async with stage.broken():
        for _ in range(2):
            await broker.kill()
            await broker.start()
            returned = time.monotonic()
            await stage.hold()
    return returned


async def away(stage: Stage, broker: RabbitMQ) -> float:
    await stage.warm()
    async with stage.broken():
        await broker.kill()
        await asyncio.sleep(stage.form.outage)
        await broker.start()
    return time.monotonic()


async def out_of_memory(stage: Stage, broker: RabbitMQ) -> float:
    await stage.warm()
    async with stage.broken():
        await broker.control("set_vm_memory_high_watermark", NO_MEMORY)
        await stage.hold()
        await broker.control("set_vm_memory_high_watermark", MEMORY)
    return time.monotonic()


async def relays_killed(stage: Stage, broker: RabbitMQ) -> float:
    """Two relays apart from the instances; the older, which has the users, is killed and replaced, again and again."""
    environment = {**stage.cluster.instances[0].environment, "AMQP_RELAY": "on"}
    with ExitStack() as stack:
        relays = [_relay(environment, stack), _relay(environment, stack)]
        await stage.warm()
        async with stage.broken():
            for _ in range(KILLS):
                await stage.hold()
                relays.pop(0).kill()
                killed = time.monotonic()
                relays.append(_relay(environment, stack))
            await stage.hold()
        stage.keep(stack.pop_all())
    return killed


def _relay(environment: Mapping[str, str], stack: ExitStack) -> subprocess.Popen[bytes]:
    """A relay in a process of its own, killed at the end of the stack at the latest."""
    process = subprocess.Popen(
        [*PROGRAM, "relay"], env={**os.environ, **environment}, cwd=ROOT, stderr=subprocess.DEVNULL
    )
    stack.enter_context(process)
    stack.callback(process.kill)
    return process


def _fault(name: str, about: str, act: Act, within: float, **settings: str) -> Fault:
    """`within`: seconds from the return of the broker, or from the last kill, until the mirror has caught up."""
    brokered = Brokered(act)
    return Fault(
        name, about, brokered.act,
        Bar(p99=0.25, silence=1.0, errors=(), figures={CAUGHT_UP: within, MISSING: 0, OVERTAKEN: 0}),
        settings=settings, beside=brokered.beside, rate=RATE, afterwards=brokered.afterwards,
    )  # fmt: skip


FAULTS = [
    _fault("broker-killed", "RabbitMQ killed (SIGKILL), started again, twice", killed_twice, 5.0),
    _fault("broker-down", "RabbitMQ down for long", away, 20.0),
    _fault("broker-full", "RabbitMQ out of memory: it takes nothing", out_of_memory, 20.0),
    _fault(
        "relays-killed",
        "two relays, of which the one that has the users is killed (SIGKILL) again and again",
        relays_killed,
        5.0,
        AMQP_RELAY="off",
    ),
]
