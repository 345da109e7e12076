"""Clients that hang up before their response is there."""

import asyncio
from collections.abc import Awaitable

from aiohttp import web

from bitworks.rest.bodies import ClientGone

LOOK_INTERVAL = 0.25
"""Seconds between two looks at whether a client is still there: aiohttp cancels no handler, and tells it nothing."""


async def unless_gone(request: web.Request, work: Awaitable[None]) -> None:
    """Awaits `work`, and cancels it when the client hangs up. Raises `ClientGone` then, else what it raises."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait([task], timeout=LOOK_INTERVAL))[0]:
            if request.transport is None:
                raise ClientGone
    finally:
        task.cancel()
    await task
