"""Leased work: jobs in tables of their features, each claimed by one worker of all processes, and never lost.

A claim is a lease under a fence. The worker renews it while it lives; another worker takes an expired lease over under
a higher fence, and what is written under the lower one is refused from then on. Claiming reads the due jobs of all
users without a lock, in turn by user, and then compares and sets the row of one.

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
from bitworks.storage.database import Database
from bitworks.tasks import Tasks

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A claimed job. Two claims are never equal, also if they are of one row."""

    user_id: UserId
    """The user whose job it is."""
    id: str
    """What identifies it within its user."""
    fence: int
    """The number of this claim among those of the row. A write under a lower fence than the last is refused."""
    tries: int
    """How often it has failed so far."""


LONGEST_WAIT = 600.0
"""Seconds that another try is put off because the other side asks for it, at most: after that, who waits has gone."""

JobT = TypeVar("JobT", bound=Job)
HandledT = TypeVar("HandledT", bound=Job, contravariant=True)


@dataclass(frozen=True, slots=True)
class WorkTimings:
    """The timings of one worker, in seconds."""

    lease: float = 20.0
    """After a claim or renewal: for as long no other worker takes the job over."""
    renewal: float = 4.0
    """Between two renewals. Several of them may fail before a lease expires."""
    poll: float = 1.0
    """Between two claims, for jobs whose wake-up was lost."""
    drain: float = 3.0
    """For which a worker that stops waits until its jobs are released; then they are cancelled once more."""


def retry_delay(delays: tuple[float, ...], tries: int, retry_after: float | None) -> float | None:
    """Returns the seconds until the next try after `tries` failures; None if there is none.

    All values are in seconds; `retry_after`, what the other side asked for, may lengthen the delay. There is no other
    try if `delays` has no more, or if the other side asked for more than LONGEST_WAIT.
    """
    if tries >= len(delays) or (retry_after or 0) > max(LONGEST_WAIT, delays[tries]):
        return None
    return max(delays[tries], retry_after or 0)


class Jobs(Generic[JobT]):
    """The jobs of one table. `statements` are those of its feature; all but `due` have $1 user, $2 id and $3 fence:

    due       at most $1 jobs that may be claimed, in turn by user; returns user, id, fence and PostgreSQL's time
    claim     $4 worker, $5 end of the lease, $6 time; returns the fields of the job, or no row if it was claimed
    renew     $4 end of the lease; returns a row, or none if another worker has claimed the job
    release   $4 time at which it is due again, $5 tries

    `due_takes` are the arguments of `due` from $2 on, such as how many jobs of one user may be under way. Every method
    raises `Unavailable` while the database is away.
    """

    def __init__(
        self,
        database: Database,
        statements: Mapping[str, str],
        job: type[JobT],
        due_takes: tuple[object, ...],
    ) -> None:
        self.database = database
        self._statements = statements
        self._job = job
        self._due_takes = due_takes

    async def claim(self, worker: str, most: int, lease: float) -> AsyncIterator[JobT]:
        """Claims at most `most` jobs of any user for `lease` seconds, and yields each as soon as it is claimed.

        Where another worker was faster it looks again, so that workers which were woken together share the jobs.
        Cancelling it may leave one job claimed, which is due again when its lease expires.
        """
        while most > 0:
            rows = await self.database.fetch(self._statements["due"], most, *self._due_takes)
            lost = False
            for row in rows:
                until = row["now"] + timedelta(seconds=lease)
                job = await self.database.fetchrow(
                    self._statements["claim"],
                    row["user_id"],
                    row["id"],
                    row["fence"],
                    worker,
                    until,
                    row["now"],
                )
                if job is not None:
                    most -= 1
                    yield self._job(*job)
                else:
                    lost = True
            if not lost:
                return

    async def renew(self, job: JobT, until: datetime) -> bool:
        """Extends the lease; returns False if another worker has claimed the job. `until` is PostgreSQL's time."""
        return await self._run("renew", job, until) is not None

    async def release(self, job: JobT, *, after: float = 0.0, tries: int | None = None) -> None:
        """Ends the lease: the job is due again `after` seconds from now. `tries` replaces the count of failures."""
        due_at = await self.database.now() + timedelta(seconds=after)
        await self._run("release", job, due_at, job.tries if tries is None else tries)

    async def _run(self, statement: str, job: JobT, *arguments: object) -> Any:
        return await self.database.fetchrow(
            self._statements[statement], job.user_id, job.id, job.fence, *arguments
        )


class Slot:
    """The slot of one job under way."""

    __slots__ = ("_work", "settled")

    def __init__(self, work: "LeasedWork[Any]") -> None:
        self._work = work
        self.settled = False

    @property
    def must_release(self) -> bool:
        """Whether the job is being cancelled because the worker stops, so that its lease is still held."""
        return self._work.draining and not self.settled

    def settle(self) -> None:
        """Marks the job as done but for what needs no lease: it is neither renewed nor released from here on."""
        self.settled = True
        self._work.wake()

    @contextmanager
    def idle(self) -> Iterator[None]:
        """Frees the slot for another job while the block waits; then more jobs than slots may be under way."""
        self._work.on_idle(True)
        try:
            yield
        finally:
            self._work.on_idle(False)


class Handler(Protocol[HandledT]):
    """Performs the jobs of one table."""

    async def work(self, job: HandledT, slot: Slot) -> None:
        """Performs one job. It is cancelled when its lease is lost; or because the worker stops, and then, if
        `slot.must_release`, it releases or ends the job before it lets the cancellation pass.

        Raising leaves the job to the next worker, after its lease has expired.
        """

    async def renewed(self, job: HandledT) -> None:
        """Called after each renewal of the lease. A `DomainError` that it raises is ignored."""


class LeasedWork(Generic[JobT]):
    """One worker of the jobs of one table.

    `slots` is how many jobs it performs at once, beside those that are idle; `name` identifies it in the table.
    """

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
        """Claims and performs jobs until the block ends; then cancels those under way and waits for them.

        It may be entered again after that.
        """
        self.draining = False
        self._loops.start(self._claim_forever(), "claim")
        self._loops.start(self._renew_forever(), "renew")
        try:
            yield
        finally:
            await self._loops.stop()
            await self._drain()

    def wake(self) -> None:
        """Claims now, without waiting for the next poll."""
        self._woken.set()

    def on_idle(self, idle: bool) -> None:
        """Frees the slot of a job that has begun to wait, or takes it back when the job goes on."""
        self._free += 1 if idle else -1
        self.wake()

    async def _claim_forever(self) -> None:
        while True:
            self._woken.clear()
            with _logged("claim_failed"):
                await self._claim()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timings.poll):
                    await self._woken.wait()

    async def _claim(self) -> None:
        if self._free > 0:
            # Begun one by one: what was claimed before PostgreSQL went away, or before the worker stops, is under way.
            async for job in self._jobs.claim(self._name, self._free, self._timings.lease):
                self._start(job)

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
            with _logged("renewal_failed"):
                await self._renew()

    async def _renew(self) -> None:
        leased = [job for job, (_, slot) in self._running.items() if not slot.settled]
        if not leased:
            return
        until = await self._jobs.database.now() + timedelta(seconds=self._timings.lease)
        for job in leased:
            with _logged("renewal_failed"):
                await self._renew_one(job, until)

    async def _renew_one(self, job: JobT, until: datetime) -> None:
        kept = await self._jobs.renew(job, until)
        task, slot = self._running.get(job, (None, None))
        if task is None or slot is None or slot.settled:
            return  # it ended while the renewal was under way
        if kept:
            await self._handler.renewed(job)
        else:
            task.cancel()  # the job is another worker's by now

    async def _drain(self) -> None:
        self.draining = True
        tasks = [task for task, _ in self._running.values()]
        for timeout in (self._timings.drain, None):
            for task in tasks:
                task.cancel()  # the second time, those that have not released their job in time
            if tasks:
                await asyncio.wait(tasks, timeout=timeout)


@contextmanager
def _logged(event: str) -> Iterator[None]:
    """Has a loop go on after a failure: silently while PostgreSQL is away, which the database reports itself."""
    try:
        yield
    except DomainError:
        pass
    except Exception:
        log.exception(event)
