"""Devices misbehave: nobody else may notice, and what they cost has a bound."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict

import aiohttp
import orjson

from bench.faults.bars import MEGABYTE, Bar
from bench.faults.crowd import CrowdPlan
from bench.faults.people import Account, http_session, register_all
from bench.faults.process import hear, python_module, tell, until
from bench.faults.readers import Reader, connected_reader, write_backlog
from bench.faults.stage import Fault, Stage
from bench.faults.wire import Gone, Wire, connected
from bitworks.fanout.notices import WORKERS

READERS = 20
FLOODERS = 6
FLOOD_PAUSE = 0.005  # seconds
STORM_DEVICES_PER_USER = 5
CROWD_GONE_WITHIN = 30.0  # seconds
# What nobody should send. None of it may cost more than the socket it comes by.
GARBAGE = ["", "9", "4", "4x", "42", "42{", "42/users/x,[", '42["a"', "451-", "4" + "[" * 5_000, "\x00" * 100]

# Those that read, and those that do not


async def stalled(stage: Stage) -> None:
    await _readers(stage, stalling=True)


async def reading(stage: Stage) -> None:
    await _readers(stage, stalling=False)


async def _readers(stage: Stage, *, stalling: bool) -> None:
    async with http_session() as http, AsyncExitStack() as stack:
        [account] = await register_all(http, stage.cluster.urls, 1)
        urls = stage.cluster.urls
        each = [connected_reader(http, urls[number % len(urls)], account) for number in range(READERS)]
        readers = [await stack.enter_async_context(one) for one in each]
        await stage.warm()
        async with stage.broken():
            stage.begin_accounts()
            for one in readers if stalling else []:
                one.stop()
            last = await write_backlog(http, urls, account, stage.form.backlog)
            for one in readers if stalling else []:
                one.resume()
            await _until_read(readers, last, within=stage.form.settle * 6)
        await stage.note_accounts()
        _note(stage, readers, last)


async def _until_read(readers: list[Reader], last: int, within: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            await until(lambda: all(one.revisions and one.revisions[-1] >= last for one in readers))
            await until(lambda: all(one.synced or not one.resumed_at for one in readers))


def _note(stage: Stage, readers: list[Reader], last: int) -> None:
    whole = list(range(2, last + 1))
    stage.figures["readers with a hole or a double"] = sum(one.revisions != whole for one in readers)
    for one in readers:
        stage.notes.extend(_flaws(one, whole))
    if any(one.resumed_at for one in readers):
        stage.figures["readers without synced"] = sum(not one.synced for one in readers)
        first = [one.first_after or stage.form.settle * 6 for one in readers]
        stage.figures["seconds to the first event"] = max(first)


def _flaws(reader: Reader, whole: list[int]) -> list[str]:
    """What is wrong with one reader's revisions, in words; nothing if nothing is."""
    if reader.revisions == whole:
        return []
    missing = sorted(set(whole) - set(reader.revisions))
    doubled = len(reader.revisions) - len(set(reader.revisions))
    return [f"missing {len(missing)} (from {missing[:3]}), doubled {doubled}, last {reader.revisions[-1]}"]


# Those that flood


async def flooding(stage: Stage) -> None:
    async with http_session() as http:
        accounts = await register_all(http, stage.cluster.urls, FLOODERS)
        await stage.warm()
        async with stage.broken():
            floods = [asyncio.create_task(_flood(stage, http, one, n)) for n, one in enumerate(accounts)]
            await stage.hold()
            for one in floods:
                one.cancel()
            await asyncio.gather(*floods, return_exceptions=True)
        stage.figures["packets of garbage"] = sum(one.result() for one in floods if not one.cancelled())


async def _flood(stage: Stage, http: aiohttp.ClientSession, account: Account, number: int) -> int:
    """Comes back whenever it is thrown out, and never reads."""
    sent = 0
    while True:
        try:
            url = stage.cluster.urls[number % len(stage.cluster.urls)]
            async with connected(http, url, account.namespace, {"token": account.token}) as wire:
                sent += await _say_garbage(wire)
        except Gone:
            await asyncio.sleep(FLOOD_PAUSE)
        except asyncio.CancelledError:
            return sent


async def _say_garbage(wire: Wire) -> int:
    """Nonsense, events that ask for a lot, and a packet too large, until the server has had enough."""
    nuisance = json.dumps(["message:list", {"conversation_id": str(uuid.uuid4()), "limit": 500}])
    for number in range(200):
        await wire.say(f"42{wire.namespace},{number}{nuisance}")
        await wire.emit("typing", {"conversation_id": "nobody's"})
        await asyncio.sleep(FLOOD_PAUSE)
    for text in GARBAGE:
        await wire.say(text)
    await wire.say("4" + "x" * 9 * MEGABYTE)
    return 400 + len(GARBAGE) + 1


# Those that come and go in crowds


async def storm(stage: Stage) -> None:
    users = stage.form.storm // STORM_DEVICES_PER_USER
    async with _crowd(stage, users, STORM_DEVICES_PER_USER) as crowd:
        await stage.warm()
        async with stage.broken():
            await tell(crowd, "connect")
            seconds, errors = orjson.loads(await hear(crowd))
        stage.figures["seconds until all were there"] = seconds
        stage.figures["connections that failed"] = errors
        await stage.hold()
        await tell(crowd, "leave")
        await crowd.wait()
    await _count_ghosts(stage)


async def vanished(stage: Stage) -> None:
    async with _crowd(stage, stage.form.vanishing, 1) as crowd:
        await tell(crowd, "connect")
        await hear(crowd)
        await stage.warm()
        async with stage.broken():
            stage.begin_accounts()
            crowd.kill()
            await crowd.wait()
    await _count_ghosts(stage)
    await stage.note_accounts()


@asynccontextmanager
async def _crowd(
    stage: Stage, users: int, devices_per_user: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    plan = CrowdPlan(stage.cluster.urls, users, devices_per_user)
    async with python_module("bench.faults.crowd", orjson.dumps(asdict(plan)).decode()) as process:
        await hear(process)
        yield process


async def _count_ghosts(stage: Stage) -> None:
    """Users whom an instance still listens for, though no device of theirs is left."""
    deadline = time.monotonic() + CROWD_GONE_WITHIN
    while True:
        channels = await stage.cluster.valkey.command("PUBSUB", "CHANNELS", "bitworks:user:*")
        assert isinstance(channels, list)
        hosted = [one for one in channels if not one.endswith(WORKERS.encode())]
        stage.figures["ghosts"] = len(hosted) - stage.form.users
        if stage.figures["ghosts"] == 0 or time.monotonic() > deadline:
            return
        await asyncio.sleep(0.1)


CALLBACK = {"longest callback, CPU ms": 50.0}
READ = {"readers with a hole or a double": 0.0}
STALLED = {
    **READ,
    "readers without synced": 0.0,
    "seconds to the first event": 1.0,
    "most bytes kept for a device, MB": 2.0,
}
FAULTS = [
    Fault(
        "devices-reading",
        "a flood of messages to 20 devices that read",
        reading,
        Bar(figures=READ),
        probed=True,
    ),
    Fault(
        "devices-stalled",
        "the same to 20 devices that do not read",
        stalled,
        Bar(figures=STALLED, more_memory=("devices-reading", 40 * MEGABYTE)),
        probed=True,
    ),
    Fault("devices-flooding", "garbage and floods from 6 sockets", flooding, Bar(lag=2.0)),
    Fault("devices-storm", "a crowd connects at once", storm, Bar(figures={"ghosts": 0.0})),
    Fault(
        "devices-vanish",
        "a crowd vanishes at once",
        vanished,
        Bar(lag=0.5, figures={"ghosts": 0.0, **CALLBACK}),
        probed=True,
    ),
]
