"""The worker of replies: claims those that are due, and has a run for each."""

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
    """Runs claimed replies, one `ReplyRun` each."""

    def __init__(self, dependencies: RunDependencies) -> None:
        self._dependencies = dependencies
        self._runs: dict[ReplyJob, ReplyRun] = {}

    async def work(self, job: ReplyJob, slot: Slot) -> None:
        """Runs the reply to the end of its message, and then names the conversation.

        Cancelling it while the worker drains puts the reply down.
        """
        run = self._runs[job] = ReplyRun(self._dependencies, job, slot)
        try:
            await run.work()
        except asyncio.CancelledError:
            if slot.must_release:
                await run.put_down()
            raise
        finally:
            del self._runs[job]

    async def renewed(self, job: ReplyJob) -> None:
        """Renews the heartbeat of the message with the lease of its job."""
        if (run := self._runs.get(job)) is not None:
            await run.heartbeat()


class ReplyWorker:
    """The worker of one process. `slots` is how many replies it runs at once, beside those that are idle."""

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
        """Works until the block ends, then puts down its runs and wakes the other workers for them."""
        self._fanout.subscribe(WORKERS, self)
        try:
            async with self._work.running():
                yield
        finally:
            self._fanout.unsubscribe(WORKERS, self)
            self._publisher.work()

    def on_notice(self, user_id: UserId, notice: Notice) -> None:
        """Looks for replies that are due, if the notice tells of one."""
        if isinstance(notice, WorkWaiting):
            self._work.wake()

    def on_subscribed(self, user_id: UserId) -> None:
        """Looks for replies that are due: notices may have been missed before the subscription began."""
        self._work.wake()
