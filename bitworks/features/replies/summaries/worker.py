"""Has summaries written that are due, beside the replies.

What fails is tried again, later each time; after the last try it is due again when more is said.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bitworks.core.errors import NotFound, WindowTooSmall
from bitworks.features.replies.producers.producer import ProducerFailed
from bitworks.features.replies.summaries.store import SummaryJob, SummaryJobs
from bitworks.features.replies.summaries.writing import SummaryWriter
from bitworks.storage.jobs import LeasedWork, Slot, WorkTimings, retry_delay

log = structlog.get_logger(__name__)

# AT_ONCE: summaries that one process has written at the same time.
AT_ONCE = 4


class SummaryHandler:
    """`retries`: the waits before each try but the first, in seconds."""

    def __init__(self, jobs: SummaryJobs, writer: SummaryWriter, retries: tuple[float, ...]) -> None:
        self._jobs = jobs
        self._writer = writer
        self._retries = retries

    async def work(self, job: SummaryJob, slot: Slot) -> None:
        """Writes part after part, until the summary is up to date."""
        try:
            while await self._writer.write_next(job.user_id, job.conversation_id):
                pass
            await self._jobs.done(job)
        except ProducerFailed as failed:
            await self._failed(job, failed)
        except (NotFound, WindowTooSmall):
            await self._jobs.done(job)  # nothing is out, or nothing fits, until something else changes
        except asyncio.CancelledError:
            if slot.to_put_down:
                await self._jobs.release(job)
            raise

    async def renewed(self, job: SummaryJob) -> None:
        """A summary has no heartbeat beside its lease."""

    async def _failed(self, job: SummaryJob, failed: ProducerFailed) -> None:
        log.warning("summary_failed", code=failed.code, conversation_id=job.conversation_id)
        delay = retry_delay(self._retries, job.tries, failed.retry_after)
        if failed.retryable and delay is not None:
            await self._jobs.release(job, after=delay, tries=job.tries + 1)
        else:
            await self._jobs.done(job)


@asynccontextmanager
async def summary_worker(handler: SummaryHandler, jobs: SummaryJobs, name: str) -> AsyncIterator[None]:
    """Until the block ends."""
    async with LeasedWork(jobs, handler, name, AT_ONCE, WorkTimings()).running():
        yield
