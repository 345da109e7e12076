"""Works on replies that are due: a run for each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bitworks.core.ids import UserId
from bitworks.fanout import Fanout
from bitworks.fanout.notices import WORKERS, Notice, WorkWaiting
from bitworks.features.replies.run import ReplyRun, RunDependencies
from bitworks.features.replies.store import ReplyJob
from bitworks.features.sync.publishing import Publisher
from bitworks.storage.jobs import LeasedWork, Slot, WorkTimings


class ReplyHandler:
    """Runs claimed replies."""

    def __init__(self, dependencies: RunDependencies) -> None:
        self._dependencies = dependencies
        self._runs: dict[ReplyJob, ReplyRun] = {}

    async def work(self, job: ReplyJob, slot: Slot) -> None:
        """From the claim to the end of the message, and then its conversation's name."""
        run = self._runs[job] = ReplyRun(self._dependencies, job, slot)
        try:
            await run.work()
        except asyncio.CancelledError:
            if slot.to_put_down:
                await run.put_down()
            raise
        finally:
            del self._runs[job]

    async def renewed(self, job: ReplyJob) -> None:
        """The lease is the producer's heartbeat too."""
        if (run := self._runs.get(job)) is not None:
            await run.heartbeat()


class ReplyWorker:
    """One worker of a process. `slots`: how many replies it works on at once, beside those that only wait."""

    def __init__(
        self,
        dependencies: RunDependencies,
        fanout: Fanout,
        publisher: Publisher,
        name: str,
        slots: int,
        timings: WorkTimings,
    ) -> None:
        self._fanout = fanout
        self._publisher = publisher
        self._work = LeasedWork(dependencies.store, ReplyHandler(dependencies), name, slots, timings)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works until the block ends, then lets the other workers look for what it leaves."""
        self._fanout.subscribe(WORKERS, self)
        try:
            async with self._work.running():
                yield
        finally:
            self._fanout.unsubscribe(WORKERS, self)
            self._publisher.work()

    def on_notice(self, user_id: UserId, notice: Notice) -> None:
        """Some reply may be due."""
        if isinstance(notice, WorkWaiting):
            self._work.wake()

    def on_subscribed(self, user_id: UserId) -> None:
        """Some notice may have been missed."""
        self._work.wake()
