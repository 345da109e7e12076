"""Leased work: jobs in tables of their features, claimed by one worker of all processes, and never lost.

A claim is a lease under a fence: it is renewed while the worker lives, and a worker that finds it expired takes the
job over under a higher fence, with which nothing of the one before counts. Claiming looks over all users without a
lock, in turn by user, and then compares and sets one row of one user.

Each table has `due_at`, `leased_until`, `fence`, `tries` and `worker`, and states and constraints of its own.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

import structlog

from bitworks.core.errors import DomainError
from bitworks.core.ids import UserId
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.tasks import Tasks

log = structlog.get_logger(__name__)

SQL = queries.load(__name__, "jobs")


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A claimed job. `id` is unique within its user; `tries` is how often it was tried in vain.

    What is done under an older `fence` than the last is refused. Two claims are never equal.
    """

    user_id: UserId
    id: str
    fence: int
    tries: int


JobT = TypeVar("JobT", bound=Job)
HandledT = TypeVar("HandledT", bound=Job, contravariant=True)


@dataclass(frozen=True, slots=True)
class WorkTimings:
    """All in seconds.

    lease: after a renewal, in which no other worker takes the job over.
    renewal: between two renewals.
    poll: between two looks for jobs that no wake-up told of.
    goodbye: in which a worker that goes puts down what is under way.
    """

    lease: float = 20.0
    renewal: float = 4.0
    poll: float = 1.0
    goodbye: float = 3.0


def retry_delay(delays: tuple[float, ...], tries: int, retry_after: float | None) -> float | None:
    """Seconds until the next try after so many in vain; None if there is none. `retry_after` may lengthen it."""
    return max(delays[tries], retry_after or 0) if tries < len(delays) else None


class Jobs(Generic[JobT]):
    """The jobs of one table. `statements` has, each by user, id and fence as its first arguments:

    due       all that may be claimed, in turn by user: user, id, fence, the time; $1 is how many at most
    claim     $4 worker, $5 the end of the lease, $6 the time: the columns of the job, or nothing
    renew     $4 the end of the lease: a row, or nothing if the job is another worker's by now
    release   $4 when it is due again, $5 tries
    """

    def __init__(self, database: Database, statements: Mapping[str, str], job: type[JobT]) -> None:
        self.database = database
        self._statements = statements
        self._job = job

    async def claim(self, worker: str, most: int, lease: float) -> list[JobT]:
        """Jobs of any user, which are this worker's for `lease` seconds; at most `most`."""
        claimed = []
        for row in await self.database.fetch(self._statements["due"], most):
            until = row["now"] + timedelta(seconds=lease)
            job = await self.database.fetchrow(
                self._statements["claim"], row["user_id"], row["id"], row["fence"], worker, until, row["now"]
            )
            if job is not None:
                claimed.append(self._job(*job))
        return claimed

    async def renew(self, job: JobT, until: datetime) -> bool:
        """Whether it is still the caller's: until then."""
        return await self._run("renew", job, until) is not None

    async def release(self, job: JobT, *, after: float = 0.0, tries: int | None = None) -> None:
        """Leaves it to the next worker, after so many seconds; `tries` replaces what was counted."""
        due_at = await self.now() + timedelta(seconds=after)
        await self._run("release", job, due_at, job.tries if tries is None else tries)

    async def now(self) -> datetime:
        """PostgreSQL's clock, by which all leases are measured."""
        row = await self.database.fetchrow(SQL["now"])
        assert row is not None
        now: datetime = row["now"]
        return now

    async def _run(self, statement: str, job: JobT, *arguments: object) -> object:
        return await self.database.fetchrow(
            self._statements[statement], job.user_id, job.id, job.fence, *arguments
        )


class Slot:
    """The place of one job that is worked on."""

    __slots__ = ("_work", "settled")

    def __init__(self, work: "LeasedWork[Any]") -> None:
        self._work = work
        self.settled = False

    @property
    def to_put_down(self) -> bool:
        """Whether work that is being cancelled is so because the worker goes, and holds its lease still."""
        return self._work.draining and not self.settled

    def settle(self) -> None:
        """The job is done but for what needs no lease: it is not renewed, nor put down, any more."""
        self.settled = True
        self._work.wake()

    @contextmanager
    def idle(self) -> Iterator[None]:
        """Leaves the place to another job while the block waits."""
        self._work.on_idle(True)
        try:
            yield
        finally:
            self._work.on_idle(False)


class Handler(Protocol[HandledT]):
    """What is done with the jobs of one table."""

    async def work(self, job: HandledT, slot: Slot) -> None:
        """Does it. Cancelled when the lease is lost; or because the worker goes: then, if `slot.to_put_down`, it
        leaves the job to others or ends it before it lets the cancellation pass.
        """

    async def renewed(self, job: HandledT) -> None:
        """The lease was renewed."""


class LeasedWork(Generic[JobT]):
    """One worker: `slots` is how many jobs it works on at once, beside those that are idle."""

    def __init__(
        self, jobs: Jobs[JobT], handler: Handler[JobT], name: str, slots: int, timings: WorkTimings
    ) -> None:
        self._jobs = jobs
        self._handler = handler
        self._name = name
        self._free = slots
        self._timings = timings
        self._loops = Tasks("leased_work")
        self._running: dict[JobT, tuple[asyncio.Task[None], Slot]] = {}
        self._woken = asyncio.Event()
        self.draining = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works until the block ends, and then puts down what is under way."""
        self._loops.start(self._claim_forever(), "claim")
        self._loops.start(self._renew_forever(), "renew")
        try:
            yield
        finally:
            await self._loops.stop()
            await self._drain()

    def wake(self) -> None:
        """Looks for jobs now."""
        self._woken.set()

    def on_idle(self, idle: bool) -> None:
        """A job has begun, or has ended, to do nothing but wait."""
        self._free += 1 if idle else -1
        self.wake()

    async def _claim_forever(self) -> None:
        while True:
            self._woken.clear()
            with contextlib.suppress(DomainError):  # PostgreSQL is away
                if self._free > 0:
                    for job in await self._jobs.claim(self._name, self._free, self._timings.lease):
                        self._start(job)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timings.poll):
                    await self._woken.wait()

    def _start(self, job: JobT) -> None:
        slot = Slot(self)
        self._free -= 1
        task = asyncio.create_task(self._handler.work(job, slot), name=f"job:{job.id}")
        self._running[job] = task, slot
        task.add_done_callback(lambda task: self._ended(job, task))

    def _ended(self, job: JobT, task: "asyncio.Task[None]") -> None:
        del self._running[job]
        self._free += 1
        self.wake()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The same as if its process had died: the lease expires.
            log.error("job_failed", exc_info=error, job=job.id)

    async def _renew_forever(self) -> None:
        while True:
            await asyncio.sleep(self._timings.renewal)
            with contextlib.suppress(DomainError):  # PostgreSQL is away
                await self._renew()

    async def _renew(self) -> None:
        leased = [job for job, (_, slot) in self._running.items() if not slot.settled]
        if not leased:
            return
        until = await self._jobs.now() + timedelta(seconds=self._timings.lease)
        for job in leased:
            kept = await self._jobs.renew(job, until)
            task, slot = self._running.get(job, (None, None))
            if task is None or slot is None or slot.settled:
                continue
            if kept:
                with contextlib.suppress(DomainError):
                    await self._handler.renewed(job)
            else:
                task.cancel()

    async def _drain(self) -> None:
        self.draining = True
        tasks = [task for task, _ in self._running.values()]
        for timeout in (self._timings.goodbye, None):
            for task in tasks:
                task.cancel()  # a second time for what takes too long to put down
            if tasks:
                await asyncio.wait(tasks, timeout=timeout)
