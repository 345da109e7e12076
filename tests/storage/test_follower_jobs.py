"""Users are claimed for a follower once, kept while they go on, and left to whoever has them."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bitworks.core.cursors import Cursor
from bitworks.core.ids import Revision, UserId
from bitworks.hosting.stores import open_stores
from bitworks.storage.follower_jobs import FollowerJobs, Following
from bitworks.storage.followers import Followers
from tests.support.instances import Instance
from tests.support.people import PATIENCE, Person, register


async def test_who_was_claimed_for_a_hint_and_put_off_is_due_then_and_not_before(
    instance: Instance, database_url: str, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    await person.conversation()
    async with open_stores(database_url, 1) as stores:
        await Followers(stores.database).register("tests")

        async def claimed() -> list[Following]:
            jobs = FollowerJobs(stores.database, "tests")
            jobs.hint({UserId(person.id): Revision(1)})
            return [job async for job in jobs.claim("one", 8, 60.0)]

        jobs = FollowerJobs(stores.database, "tests")
        [first] = await claimed()
        await jobs.release(first, after=60.0, tries=1)
        assert await claimed() == []
        await stores.database.execute("update followers_due set due_at = now()")
        [again] = [job async for job in jobs.claim("one", 8, 60.0)]
        assert (again.fence, again.tries) == (2, 1)


async def test_a_hint_at_a_user_who_is_under_way_waits_for_the_end_of_that(
    instance: Instance, database_url: str, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    await person.conversation()
    user_id = UserId(person.id)
    async with open_stores(database_url, 1) as stores:
        await Followers(stores.database).register("tests")
        jobs = FollowerJobs(stores.database, "tests")
        jobs.hint({user_id: Revision(1)})
        [first] = [job async for job in jobs.claim("one", 8, 60.0)]
        jobs.hint({user_id: Revision(2)})
        assert [job async for job in jobs.claim("one", 8, 60.0)] == []
        jobs.over(first)
        assert [job.user_id async for job in jobs.claim("one", 8, 60.0)] == [user_id]


@dataclass
class Claiming:
    """The jobs of one process."""

    jobs: FollowerJobs
    name: str
    epoch: str
    user_id: UserId

    async def claim(self, revision: int) -> list[Following]:
        """What it claims once it is hinted at a revision."""
        self.jobs.hint({self.user_id: Revision(revision)})
        return [job async for job in self.jobs.claim(self.name, 8, 60.0)]

    async def tell(self, revision: int) -> Following:
        """Claims the user and tells all up to a revision."""
        [following] = await self.claim(revision)
        self.jobs.move(following, Cursor(self.epoch, Revision(revision)), told_all=True)
        await self.jobs.write_marks()
        self.jobs.over(following)
        return following


@asynccontextmanager
async def claiming(
    instance: Instance, database_url: str, http: aiohttp.ClientSession
) -> AsyncIterator[tuple[Person, Claiming, Claiming]]:
    """Two processes that may go on with somebody who has one conversation."""
    person = await register(instance, http)
    await person.conversation()
    async with open_stores(database_url, 1) as stores:
        await Followers(stores.database).register("tests")
        await stores.database.execute("delete from followers_due")
        one, two = (
            Claiming(FollowerJobs(stores.database, "tests"), name, instance.app.epoch.id, UserId(person.id))
            for name in ("one", "two")
        )
        yield person, one, two


async def test_who_was_told_all_is_gone_on_with_without_another_claim(
    instance: Instance, database_url: str, http: aiohttp.ClientSession
) -> None:
    async with claiming(instance, database_url, http) as (person, one, two):
        first = await one.tell(1)
        assert await one.claim(1) == []  # that was told
        await person.conversation()
        assert await two.claim(2) == []
        again = await one.tell(2)
        assert (first.fence, again.fence, again.revision) == (1, 1, 1)


async def test_who_was_told_all_and_is_given_back_may_be_gone_on_with_by_another(
    instance: Instance, database_url: str, http: aiohttp.ClientSession
) -> None:
    async with claiming(instance, database_url, http) as (person, one, two):
        await one.tell(1)
        await person.conversation()
        await one.jobs.let_go()
        assert (await two.tell(2)).fence == 2


async def test_who_is_left_to_another_process_is_looked_at_again_once_that_had_time_to(
    instance: Instance, database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitworks.storage.follower_jobs.MARK_LEASE", 0.2)
    monkeypatch.setattr("bitworks.storage.follower_jobs.LEFT_TO_OTHERS", 0.3)
    async with claiming(instance, database_url, http) as (person, one, two):
        await one.tell(1)
        await person.conversation()
        assert await two.claim(2) == []
        async with asyncio.timeout(PATIENCE):
            while not (found := await two.claim(2)):  # noqa: ASYNC110 - time makes it so
                await asyncio.sleep(0.05)
        assert (found[0].fence, found[0].revision) == (2, 1)


async def test_hints_at_users_whom_others_have_are_not_gone_through_by_each_claim(
    instance: Instance, database_url: str, http: aiohttp.ClientSession
) -> None:
    async with claiming(instance, database_url, http) as (person, one, two):
        await one.tell(1)
        await person.conversation()
        assert await two.claim(2) == []
        two.jobs.hint({two.user_id: Revision(3)})
        assert not two.jobs.is_hinted(two.user_id, above=Revision(0))


async def test_who_is_told_all_is_not_kept_by_a_process_that_is_behind(
    instance: Instance, database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitworks.storage.follower_jobs.MOST_WAITING", 2)
    async with claiming(instance, database_url, http) as (person, one, two):
        [following] = await one.claim(1)
        one.jobs.hint({UserId(str(uuid.uuid4())): Revision(1) for _ in range(4)})
        one.jobs.move(following, Cursor(one.epoch, Revision(1)), told_all=True)
        one.jobs.over(following)
        await one.jobs.write_marks()
        await person.conversation()
        assert (await two.tell(2)).fence == 2


async def test_who_is_not_kept_is_claimed_again_only_from_the_mark_that_was_reached(
    instance: Instance, database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitworks.storage.follower_jobs.MOST_WAITING", -2)
    async with claiming(instance, database_url, http) as (person, one, _):
        [following] = await one.claim(1)
        one.jobs.move(following, Cursor(one.epoch, Revision(1)), told_all=True)
        one.jobs.over(following)
        await person.conversation()
        assert await one.claim(2) == []
        await one.jobs.write_marks()
        [again] = await one.claim(2)
        assert (again.fence, again.revision) == (2, 1)


async def test_marks_that_move_while_others_are_written_wait_for_the_next_turn(
    instance: Instance, database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with claiming(instance, database_url, http) as (_, one, __):
        [following] = await one.claim(1)
        write, turns = FollowerJobs._write, 0

        async def moving(jobs: FollowerJobs, marks: Any) -> None:
            nonlocal turns
            turns += 1
            jobs.move(following, Cursor(one.epoch, Revision(turns)), told_all=False)
            await write(jobs, marks)

        monkeypatch.setattr(FollowerJobs, "_write", moving)
        one.jobs.move(following, Cursor(one.epoch, Revision(0)), told_all=False)
        async with asyncio.timeout(PATIENCE):
            await one.jobs.write_marks()
        assert turns == 1


async def test_a_mark_of_a_claim_that_was_lost_is_refused_and_its_user_is_not_kept(
    instance: Instance, database_url: str, http: aiohttp.ClientSession
) -> None:
    async with claiming(instance, database_url, http) as (person, one, _):
        [following] = await one.claim(1)
        one.jobs.move(following, Cursor(one.epoch, Revision(1)), told_all=True)
        one.jobs.over(following)
        assert await Followers(one.jobs.database).begin_again("tests", UserId(person.id))
        await one.jobs.write_marks()
        [again] = await one.claim(2)
        assert (again.fence, again.epoch, again.revision) == (3, "", 0)
