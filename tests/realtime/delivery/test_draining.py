"""An instance that stops sends its devices elsewhere a few at a time, so that those are not stormed."""

import asyncio
import time
from contextlib import AsyncExitStack

import aiohttp

from bitworks.realtime.socket.door import DRAIN_PACE
from tests.support.instances import running
from tests.support.people import PATIENCE
from tests.support.wire import Wire, wire

DEVICES = 30


async def until_closed(device: Wire) -> float:
    """When, on this clock."""
    async with asyncio.timeout(PATIENCE):
        while (await device.socket.receive()).type not in (
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSED,
        ):
            pass
    return time.monotonic()


async def test_devices_are_closed_one_after_the_other(database_url: str, http: aiohttp.ClientSession) -> None:
    async with AsyncExitStack() as devices:
        async with running(database_url) as instance:
            opened = [await devices.enter_async_context(wire(instance, http)) for _ in range(DEVICES)]
            closed = [asyncio.create_task(until_closed(device)) for device in opened]
            stopped = time.monotonic()
        first, *_, last = sorted(await asyncio.gather(*closed))
    assert last - first >= DRAIN_PACE * (DEVICES - 2)
    assert last - stopped < PATIENCE
