"""Redis fails: a hint that nobody needs. No client may see an error, and changes arrive within 2 s."""

import asyncio
from collections.abc import Awaitable, Callable

from bench.faults.bars import Bar
from bench.faults.stage import Fault, Stage

NOWHERE = "redis://127.0.0.1:1"
EVERY = 0.25  # seconds between two blows
STANDSTILL = 0.8  # seconds
HINT = Bar(lag=2.0, heal=3.0, errors=())


async def killed(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken():
        await stage.cluster.valkey.kill()
        await stage.hold()
        await stage.cluster.valkey.start()


async def down_for_long(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken():
        await stage.cluster.valkey.kill()
        await asyncio.sleep(stage.form.outage)
        await stage.cluster.valkey.start()


async def paused(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken():
        stage.cluster.valkey.pause()
        try:
            await stage.hold()
        finally:
            stage.cluster.valkey.resume()


async def flushed(stage: Stage) -> None:
    await _again_and_again(stage, lambda: stage.cluster.valkey.command("FLUSHALL"))


async def connections_killed(stage: Stage) -> None:
    async def blow() -> None:
        await stage.cluster.valkey.command("CLIENT", "KILL", "TYPE", "pubsub")
        await stage.cluster.valkey.command("CLIENT", "KILL", "TYPE", "normal")

    await _again_and_again(stage, blow)


async def slow(stage: Stage) -> None:
    """Stands still for most of the time."""

    async def blow() -> None:
        stage.cluster.valkey.pause()
        try:
            await asyncio.sleep(STANDSTILL)
        finally:
            stage.cluster.valkey.resume()

    await _again_and_again(stage, blow)


async def _again_and_again(stage: Stage, blow: Callable[[], Awaitable[object]]) -> None:
    await stage.warm()
    async with stage.broken():
        async with asyncio.timeout(stage.form.hold * 4):
            end = asyncio.get_running_loop().time() + stage.form.hold
            while asyncio.get_running_loop().time() < end:
                await blow()
                await asyncio.sleep(EVERY)


async def never_there(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken():
        await stage.hold()


FAULTS = [
    Fault("redis-killed", "Redis killed, started again empty", killed, HINT),
    Fault("redis-down", "Redis down for long", down_for_long, Bar(lag=2.0, heal=1.0, errors=())),
    Fault("redis-paused", "Redis stopped (SIGSTOP) and continued", paused, HINT),
    Fault("redis-slow", "Redis stands still for 0.8 s, again and again", slow, HINT),
    Fault("redis-flushed", "FLUSHALL, four times a second", flushed, HINT),
    Fault("redis-cut", "all connections of Redis killed, four times a second", connections_killed, HINT),
    Fault(
        "redis-never",
        "Redis unreachable from the start",
        never_there,
        Bar(lag=2.0, heals=False, errors=()),
        redis_url=NOWHERE,
    ),
]
