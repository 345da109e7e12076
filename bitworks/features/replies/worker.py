"""Claims replies that are due, and works on many of them at once.

Every process that answers has one worker. A claim is a lease: it is renewed while the worker lives, and
who finds it expired takes the reply over, under a higher fence.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bitworks.core.errors import DomainError
from bitworks.core.ids import UserId
from bitworks.fanout.notices import WORKERS, Notice, WorkWaiting
from bitworks.features.replies.run import Patience, Run
from bitworks.features.replies.store import Job, Lease
from bitworks.features.replies.summaries.worker import summarising
from bitworks.features.sync.publishing import publish_work
from bitworks.services import Services

log = structlog.get_logger(__name__)

# A worker that was not heard of for so long has died, in seconds.
LEASE = 20.0
RENEWAL = 4.0  # seconds
# How often it looks without having been told, in seconds.
LOOK_AGAIN = 1.0
GOODBYE = 3.0  # seconds to put down what is under way


class Worker:
    """`slots`: how many replies it works on at once, beside those that only wait."""

    def __init__(self, services: Services, patience: Patience, slots: int) -> None:
        self._services = services
        self._patience = patience
        self._name = services.new_id()
        self._free = slots
        self._runs: dict[Lease, Run] = {}
        self._tasks: dict[Lease, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    # What the fan-out says

    def on_notice(self, user_id: UserId, notice: Notice) -> None:
        if isinstance(notice, WorkWaiting):
            self._woken.set()

    def on_subscribed(self, user_id: UserId) -> None:
        self._woken.set()

    # Working

    async def claim_for_ever(self) -> None:
        """Claims until cancelled."""
        while True:
            self._woken.clear()
            try:
                if self._free > 0:
                    for job in await self._services.storage.replies.claim(self._name, self._free, LEASE):
                        self._start(job)
            except DomainError:
                pass  # PostgreSQL is away
            await self._sleep(LOOK_AGAIN)

    async def renew_for_ever(self) -> None:
        """Renews the leases until cancelled, and drops what has ended or is another's."""
        while True:
            await asyncio.sleep(RENEWAL)
            with contextlib.suppress(DomainError):
                await self._renew()

    async def leave(self) -> None:
        """Puts down what is under way: what has not begun is left to others, the rest is interrupted."""
        tasks = list(self._tasks.values())
        runs = list(self._runs.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await asyncio.gather(*(self._put_down(run) for run in runs), return_exceptions=True)
        if runs:
            publish_work(self._services)

    async def _put_down(self, run: Run) -> None:
        if run.length and run.job.delivered_at is None:
            await run.interrupt()
        else:
            # Or it would be interrupted with what else this process streams.
            self._services.streams.forget(run.job.user_id, run.job.message_id)
            await self._services.storage.replies.release(run.job)

    def _start(self, job: Job) -> None:
        lease = Lease(job.user_id, job.message_id, job.fence)
        run = Run(self._services, job, self._patience, self._waits, lambda: self._settled(lease))
        self._free -= 1
        self._runs[lease] = run
        task = self._tasks[lease] = asyncio.create_task(run.work())
        task.add_done_callback(lambda task: self._done(lease, task))

    def _settled(self, lease: Lease) -> None:
        """The message has ended; what is left to do needs no lease, and the next in turn may begin."""
        if self._runs.pop(lease, None) is not None:
            self._woken.set()

    def _done(self, lease: Lease, task: asyncio.Task[None]) -> None:
        self._settled(lease)
        del self._tasks[lease]
        self._free += 1
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("reply_broke", exc_info=error, message_id=lease.message_id)

    def _waits(self, waiting: bool) -> None:
        self._free += 1 if waiting else -1
        self._woken.set()

    async def _renew(self) -> None:
        kept = await self._services.storage.replies.renew(self._name, LEASE) if self._runs else set()
        for lease, run in tuple(self._runs.items()):
            if lease in kept:
                with contextlib.suppress(DomainError):
                    await run.heartbeat()
            elif lease in self._runs:
                self._tasks[lease].cancel()

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()


@asynccontextmanager
async def working(services: Services, patience: Patience, slots: int) -> AsyncIterator[None]:
    """Works until the block ends, on replies and on summaries."""
    worker = Worker(services, patience, slots)
    services.fanout.subscribe(WORKERS, worker)
    tasks = [asyncio.create_task(loop()) for loop in (worker.claim_for_ever, worker.renew_for_ever)]
    try:
        async with summarising(services, patience.retries):
            yield
    finally:
        services.fanout.unsubscribe(WORKERS, worker)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await worker.leave()
