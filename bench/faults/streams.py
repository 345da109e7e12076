"""The instance that owns growing messages fails, and their producers with it."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from bench.faults.bars import Bar
from bench.faults.people import http_session, register_all
from bench.faults.stage import Fault, Stage
from bench.faults.wire import Gone
from bench.growing import PATIENCE, Answer, Caller, Shown

ANSWERS = 20
INTERVAL = 0.02  # seconds between two words
ENDED, CUT, OTHERWISE = "seconds until interrupted", "ended shorter than shown", "not interrupted"


async def killed(stage: Stage) -> None:
    await _owner_fails(stage, signal.SIGKILL)


async def terminated(stage: Stage) -> None:
    await _owner_fails(stage, signal.SIGTERM)


async def _owner_fails(stage: Stage, blow: signal.Signals) -> None:
    owner, other = stage.cluster.instances[:2]
    async with http_session() as http, _growing(http, owner.url, other.url) as shown:
        await stage.warm()
        async with stage.broken():
            owner.send(blow)
            began = time.monotonic()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(one.has_ended.wait() for one in shown))
        stage.figures.update(_figures(shown, began))
    await owner.until_ended()
    owner.start()
    await owner.until_ready()


def _figures(shown: Sequence[Shown], began: float) -> dict[str, float]:
    return {
        ENDED: max(one.ended_at for one in shown) - began,
        CUT: sum(one.was_cut for one in shown),
        OTHERWISE: sum(one.status != "interrupted" for one in shown),
    }


@asynccontextmanager
async def _growing(http: aiohttp.ClientSession, owner: str, other: str) -> AsyncIterator[list[Shown]]:
    """Messages that one instance owns and devices of another show. Their producers do not come back."""
    answers = [Answer(account) for account in await register_all(http, [other], ANSWERS)]
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as producers:
        shown = [(await stack.enter_async_context(one.device(http, other)))[1] for one in answers]
        for one in answers:
            producer, _ = await stack.enter_async_context(one.device(http, owner))
            await one.open(producer)
            producers.create_task(_produce(one, producer))
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(one.has_grown.wait() for one in shown))
        yield shown


async def _produce(answer: Answer, producer: Caller) -> None:
    with contextlib.suppress(Gone):
        while True:
            await answer.append(producer, "word ")
            await asyncio.sleep(INTERVAL)


FAULTS = [
    Fault(
        "streams-killed",
        "the owner of growing messages killed (SIGKILL), and their producers with it",
        killed,
        Bar(heal=6.0, figures={ENDED: 90.0, CUT: 0, OTHERWISE: 0}),
    ),
    Fault(
        "streams-terminated",
        "the owner of growing messages stopped (SIGTERM), and their producers with it",
        terminated,
        Bar(heal=6.0, figures={ENDED: 5.0, CUT: 0, OTHERWISE: 0}),
    ),
]
