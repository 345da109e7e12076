"""What has to be done for streaming messages beside commands: others are answered, the silent are ended, and
nothing is left open by a process that goes.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import structlog

from bitworks.core.errors import Closed, DomainError, NotFound
from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming import streaming
from bitworks.features.streaming.store import StillAlive
from bitworks.services import Services

log = structlog.get_logger(__name__)

REAP_INTERVAL = 5.0  # seconds
DRAIN_AT_ONCE = 8


@asynccontextmanager
async def keeping_streams(services: Services) -> AsyncIterator[None]:
    """For as long as the block runs. At its end, what is owned here is ended."""
    services.errands.serve(partial(streaming.perform, services))
    reaping = asyncio.create_task(_reap_forever(services))
    try:
        yield
    finally:
        reaping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reaping
        await drain(services)
        await services.streams.aclose()


async def drain(services: Services) -> None:
    """Owns no more messages, and ends at once those that it does: their producer goes, or has to ask
    another instance, which can tell it.
    """
    services.streams.closing = True
    some = asyncio.Semaphore(DRAIN_AT_ONCE)

    async def end(user_id: UserId, id_: MessageId) -> None:
        async with some:
            await _interrupt(services, user_id, id_, if_silent=False)

    await asyncio.gather(*(end(*stream.key) for stream in services.streams.all()))


async def _reap_forever(services: Services) -> None:
    while True:
        await asyncio.sleep(REAP_INTERVAL)
        try:
            await reap(services)
        except DomainError:
            continue  # PostgreSQL is away: the silent will be found
        except Exception:
            log.exception("reaping_failed")


async def reap(services: Services) -> None:
    """Ends every message, of whatever instance, that has not been heard of for too long."""
    services.streams.drop_forgotten()
    for user_id, id_ in await services.storage.streams.silent():
        await _interrupt(services, user_id, id_, if_silent=True)


async def _interrupt(services: Services, user_id: UserId, id_: MessageId, *, if_silent: bool) -> None:
    try:
        await streaming.interrupt(services, user_id, id_, if_silent=if_silent)
    except (Closed, NotFound, StillAlive):
        return  # somebody was faster
    except DomainError as error:
        log.warning("interrupt_failed", error=type(error).__name__)
