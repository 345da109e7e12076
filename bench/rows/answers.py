"""Answers that grow before devices on two instances: how soon they are seen, and how soon one stops them."""

import asyncio
from bisect import bisect_left
from contextlib import AsyncExitStack
from statistics import median

import aiohttp

from bench.contenders import Contender, Machines
from bench.faults import people as faults_people
from bench.growing import PATIENCE, Answer, Caller, Shown
from bench.rows.row import Bar, Figures, Form, Row
from bench.stage import people

MS = 1e3
REPLIES = 20
WORDS = 100
INTERVAL = 0.01  # seconds between two words
# A text may wait 40 ms for more of it; then it has to be written, sent to the other instance, and read.
COALESCED, DELIVERED = 40.0, 20.0
STOPPED_WITHIN = 200.0


async def stop(on: Machines, contender: Contender, form: Form) -> Figures:
    """One answer after the other; its owner and one device are on one instance, two devices on the other, of
    which one stops it.
    """
    accounts = await people(on, contender, form.of(REPLIES))
    figures: list[Figures] = []
    async with (
        on.serving(contender) as first,
        on.serving(contender) as second,
        faults_people.http_session() as http,
    ):
        urls = [f"http://127.0.0.1:{port}" for port in (first.port, second.port)]
        for account in accounts:
            asked = faults_people.Account(account.id, account.token, account.conversation)
            figures.append(await _one(http, urls, Answer(asked)))
    return {
        "first word": median(one["first word"] for one in figures),
        "word": median(one["word"] for one in figures),
        "stop": median(one["stop"] for one in figures),
        "slowest stop": max(one["stop"] for one in figures),
        "cut": sum(one["cut"] for one in figures),
    }


async def _one(http: aiohttp.ClientSession, urls: list[str], answer: Answer) -> Figures:
    here, there = urls
    async with AsyncExitStack() as stack:
        devices = [await stack.enter_async_context(answer.device(http, url)) for url in (here, there, there)]
        producer, stopper = devices[0][0], devices[-1][0]
        shown = [device for _, device in devices]
        await answer.open(producer)
        for _ in range(WORDS):
            await answer.append(producer, "word ")
            await asyncio.sleep(INTERVAL)
        stopped_at = await _stop(stopper, answer, shown)
    waits = [wait for device in shown for wait in _waits(answer, device)]
    return {
        "first word": max(device.grew[0][1] for device in shown) * MS - answer.sent[0][1] * MS,
        "word": median(waits) * MS,
        "stop": max(device.ended_at - stopped_at for device in shown) * MS,
        "cut": sum(device.was_cut for device in shown),
    }


async def _stop(stopper: Caller, answer: Answer, shown: list[Shown]) -> float:
    """Gives when it was asked for, once every device shows the end."""
    began = asyncio.get_running_loop().time()
    await stopper.call("message:stop", {"id": answer.id})
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(device.has_ended.wait() for device in shown))
    return began


def _waits(answer: Answer, device: Shown) -> list[float]:
    """Of the oldest word in each delta but the first, from its sending to its showing, in seconds."""
    lengths = [length for length, _ in answer.sent]
    shown_before = [0, *(length for length, _ in device.grew)]
    return [
        at - answer.sent[bisect_left(lengths, before + 1)][1]
        for before, (_, at) in zip(shown_before[1:], device.grew[1:], strict=False)
    ]


ANSWERS = [
    Row(
        "stop",
        "an answer on two instances, before three devices: its words, and its stop from one of them",
        ("ours",),
        stop,
        {"first word": "ms", "word": "ms", "stop": "ms", "slowest stop": "ms", "cut": "answers"},
        (
            Bar("slowest stop", "at most", STOPPED_WITHIN),
            Bar("word", "at most", COALESCED + DELIVERED),
            Bar("cut", "at most", 0.0),
        ),
        rounds=3,
    )
]
