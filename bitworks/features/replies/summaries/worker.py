"""The worker of summaries, beside that of replies.

A summary that failed is tried again, later each time; after the last try it is due again with the next message.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bitworks.core.errors import NotFound, Unavailable, WindowTooSmall
from bitworks.features.replies.producers.producer import ProducerFailed
from bitworks.features.replies.summaries.store import SummaryJob, SummaryJobs
from bitworks.features.replies.summaries.writing import SummaryWriter
from bitworks.storage.jobs import LeasedWork, Slot, WorkTimings, retry_delay

log = structlog.get_logger(__name__)

# Summaries that one process has written at a time; few, because replies go before.
SUMMARY_SLOTS = 4


class SummaryHandler:
    """Writes the summaries of claimed jobs. `retries` are the seconds before each try but the first."""

    def __init__(self, jobs: SummaryJobs, writer: SummaryWriter, retries: tuple[float, ...]) -> None:
        self._jobs = jobs
        self._writer = writer
        self._retries = retries

    async def work(self, job: SummaryJob, slot: Slot) -> None:
        """Writes part after part, until the summary is up to date. Cancelled by a drain, it releases the job.

        While PostgreSQL is away it leaves the job to the next worker, after its lease has expired.
        """
        try:
            with contextlib.suppress(Unavailable):
                await self._write(job)
        except asyncio.CancelledError:
            if slot.must_release:
                await self._jobs.release(job)
            raise

    async def _write(self, job: SummaryJob) -> None:
        try:
            while await self._writer.write_next(job.user_id, job.conversation_id):
                pass
        except ProducerFailed as failed:
            await self._failed(job, failed)
            return
        except (NotFound, WindowTooSmall):
            pass  # nothing to summarise until the context changes, which makes it due again
        await self._jobs.done(job)

    async def renewed(self, job: SummaryJob) -> None:
        """Does nothing: a summary has no heartbeat beside its lease."""

    async def _failed(self, job: SummaryJob, failed: ProducerFailed) -> None:
        log.warning("summary_failed", code=failed.code, conversation_id=job.conversation_id)
        delay = retry_delay(self._retries, job.tries, failed.retry_after)
        if failed.retryable and delay is not None:
            await self._jobs.release(job, after=delay, tries=job.tries + 1)
        else:
            await self._jobs.done(job)


@asynccontextmanager
async def summary_worker(
    handler: SummaryHandler, jobs: SummaryJobs, name: str, timings: WorkTimings
) -> AsyncIterator[None]:
    """Works on summaries until the block ends."""
    async with LeasedWork(jobs, handler, name, SUMMARY_SLOTS, timings).running():
        yield
