"""A worker goes on, whatever a claim or a renewal meets: the next feature's jobs are done by the same class."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from structlog.testing import capture_logs

from bitworks.core.errors import Unavailable
from bitworks.core.ids import UserId
from bitworks.storage.database import Database
from bitworks.storage.jobs import Job, Jobs, LeasedWork, Slot, WorkTimings

SOON = WorkTimings(lease=1.0, renewal=0.001, poll=0.001, drain=0.1)


async def _now() -> datetime:
    return datetime.now(UTC)


class Scripted(Jobs[Job]):
    """Jobs whose claims are told one by one: each yields these jobs, and then raises what follows."""

    def __init__(self, *claims: tuple[Job | Exception, ...]) -> None:
        super().__init__(cast(Database, SimpleNamespace(now=_now)), {}, Job, due_takes=())
        self.claims = iter(claims)
        self.renewed: list[Job] = []
        self.refuse: Callable[[Job], Exception | None] = lambda job: None

    async def claim(self, worker: str, most: int, lease: float) -> AsyncIterator[Job]:
        for step in next(self.claims, ()):
            if isinstance(step, Exception):
                raise step
            yield step

    async def renew(self, job: Job, until: datetime) -> bool:
        if (error := self.refuse(job)) is not None:
            raise error
        self.renewed.append(job)
        return True


class Seen:
    """Notes the jobs that it is given, and has each last until it is told to end."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[Job] = asyncio.Queue()
        self.renewed_job: asyncio.Queue[Job] = asyncio.Queue()

    async def work(self, job: Job, slot: Slot) -> None:
        await self.begun.put(job)
        await asyncio.Event().wait()

    async def renewed(self, job: Job) -> None:
        await self.renewed_job.put(job)


def a_job(id_: str) -> Job:
    return Job(UserId("ada"), id_, fence=1, tries=0)


def working(jobs: Scripted, seen: Seen) -> Any:
    return LeasedWork(jobs, seen, "tests", 4, SOON).running()


async def test_what_was_claimed_before_the_database_went_away_is_begun() -> None:
    seen, first = Seen(), a_job("first")
    async with asyncio.timeout(5), working(Scripted((first, Unavailable())), seen):
        assert await seen.begun.get() is first


async def test_a_claim_that_fails_without_a_reason_does_not_end_the_worker() -> None:
    seen, later = Seen(), a_job("later")
    with capture_logs() as logs:
        async with asyncio.timeout(5), working(Scripted((ZeroDivisionError(),), (later,)), seen):
            assert await seen.begun.get() is later
    assert [log["event"] for log in logs] == ["claim_failed"]


async def test_a_renewal_that_fails_leaves_those_of_the_other_jobs_alone() -> None:
    seen, first, second = Seen(), a_job("first"), a_job("second")
    jobs = Scripted((first, second))
    jobs.refuse = lambda job: Unavailable() if job is first else None
    async with asyncio.timeout(5), working(jobs, seen):
        assert await seen.renewed_job.get() is second
