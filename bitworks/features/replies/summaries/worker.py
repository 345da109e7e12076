"""Claims conversations whose running summary is due, and has it written, beside the replies.

A claim is a lease, as with replies: one process at a time works on a conversation, and who finds the lease
expired takes it over. What fails is tried again, later each time; after the last try it is due again when
more is said.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bitworks.core.errors import DomainError, NotFound, WindowTooSmall
from bitworks.features.replies.producers.producer import ProducerFailed
from bitworks.features.replies.summaries.store import SummaryJob
from bitworks.features.replies.summaries.writing import write_next
from bitworks.services import Services

log = structlog.get_logger(__name__)

# A worker that was not heard of for so long has died, in seconds.
LEASE = 20.0
LOOK_AGAIN = 1.0  # seconds
AT_ONCE = 4


class Summariser:
    """`retries`: the waits before each try but the first, in seconds."""

    def __init__(self, services: Services, retries: tuple[float, ...]) -> None:
        self._services = services
        self._due = services.storage.summaries
        self._retries = retries
        self._tasks: dict[SummaryJob, asyncio.Task[None]] = {}

    async def work_for_ever(self) -> None:
        """Until cancelled."""
        while True:
            with contextlib.suppress(DomainError):  # PostgreSQL is away
                await self._renew()
                await self._claim()
            await asyncio.sleep(LOOK_AGAIN)

    async def leave(self) -> None:
        """Puts down what is under way, and leaves it to others."""
        under_way = dict(self._tasks)
        for task in under_way.values():
            task.cancel()
        await asyncio.gather(*under_way.values(), return_exceptions=True)
        with contextlib.suppress(DomainError):
            for job in under_way:
                await self._due.give_back(job)

    async def _renew(self) -> None:
        """Drops what is another's by now."""
        for job, task in tuple(self._tasks.items()):
            if not await self._due.renew(job, LEASE):
                task.cancel()

    async def _claim(self) -> None:
        free = AT_ONCE - len(self._tasks)
        for job in await self._due.claim(free, LEASE) if free else []:
            self._tasks[job] = asyncio.create_task(self._work(job))

    async def _work(self, job: SummaryJob) -> None:
        try:
            await self._write(job)
        except DomainError:
            pass  # PostgreSQL is away: the lease will expire
        except Exception:
            # The same as if its process had died.
            log.exception("summary_broke", conversation_id=job.conversation_id)
        finally:
            del self._tasks[job]

    async def _write(self, job: SummaryJob) -> None:
        user_id, conversation_id = job.user_id, job.conversation_id
        try:
            while await write_next(self._services, user_id, conversation_id):
                pass
            await self._due.done(job)
        except ProducerFailed as failed:
            await self._failed(job, failed)
        except (NotFound, WindowTooSmall):
            await self._due.done(job)  # nothing is out, or nothing fits, until something else changes

    async def _failed(self, job: SummaryJob, failed: ProducerFailed) -> None:
        log.warning("summary_failed", code=failed.code, conversation_id=job.conversation_id)
        if failed.retryable and job.tries < len(self._retries):
            await self._due.put_off(job, max(self._retries[job.tries], failed.retry_after or 0))
        else:
            await self._due.done(job)


@asynccontextmanager
async def summarising(services: Services, retries: tuple[float, ...]) -> AsyncIterator[None]:
    """Until the block ends, where the producer writes summaries at all."""
    if not services.producer.completes:
        yield
        return
    summariser = Summariser(services, retries)
    working = asyncio.create_task(summariser.work_for_ever())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await summariser.leave()
