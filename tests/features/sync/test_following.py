"""A follower is given every change of every user, in order, whoever dies and whatever overlaps."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import asyncpg
import pytest
from structlog.testing import capture_logs

from bitworks.core.changes import Change
from bitworks.core.ids import Revision, UserId
from bitworks.fanout.local import LocalFanout
from bitworks.fanout.notices import FOLLOWERS
from bitworks.features.sync.following import FollowerAway, FollowerHandler, FollowerWorker
from bitworks.features.sync.store import ChangeStore
from bitworks.hosting.stores import open_stores
from bitworks.storage.follower_jobs import DeletedUser, FollowerJobs, Following
from bitworks.storage.followers import Followers
from tests.support.instances import Instance, running
from tests.support.people import PATIENCE, Person, register


@dataclass
class Remembering:
    """A follower that remembers what it was given, and fails when it is told to."""

    epoch: str
    given: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    fail: Exception | None = None
    came: asyncio.Condition = field(default_factory=asyncio.Condition)
    slow: float = 0.0

    async def begin(self, user_id: UserId) -> None:
        self.begun.append(user_id)

    async def take(self, user_id: UserId, changes: Sequence[Change]) -> None:
        if self.fail is not None:
            raise self.fail
        if self.slow:
            await asyncio.sleep(self.slow)
        self.given[user_id] += changes
        async with self.came:
            self.came.notify_all()

    async def end(self, user_id: UserId, deleted: DeletedUser) -> None:
        self.ended.append(user_id)
        async with self.came:
            self.came.notify_all()

    def retry_after(self, tries: int) -> float:
        return 0.05

    async def until_ended(self, person: Person) -> None:
        """Waits until it was told that somebody's account is gone."""
        async with asyncio.timeout(PATIENCE), self.came:
            await self.came.wait_for(lambda: self.ended == [person.id])

    async def until_told(self, person: Person) -> None:
        """Waits until all of somebody's is told: the last change is that of the last revision."""
        page = await person.must("GET", "/changes?since=0&limit=1000")
        last = int(page["cursor"].rpartition(".")[2])
        async with asyncio.timeout(PATIENCE), self.came:
            await self.came.wait_for(
                lambda: self.given[person.id] and self.given[person.id][-1].revision == last
            )


@asynccontextmanager
async def following(
    instance: Instance, database_url: str, follower: Remembering, name: str = "one"
) -> AsyncIterator[None]:
    async with open_stores(database_url, 3) as stores:
        followers, jobs = Followers(stores.database), FollowerJobs(stores.database, "tests")
        await followers.register("tests")
        handler = FollowerHandler(jobs, stores.changes, follower)
        worker = FollowerWorker(followers, jobs, handler, instance.app.fanout, name, 8)
        async with worker.running():
            yield


@pytest.fixture
async def instance(database_url: str) -> AsyncIterator[Instance]:
    """A server that hints at what followers have to do."""
    async with running(database_url, amqp_url="amqp://127.0.0.1:1/") as one:
        yield one


@pytest.fixture
def follower(instance: Instance) -> Remembering:
    return Remembering(instance.app.epoch.id)


async def all_is_told(instance: Instance) -> None:
    """Waits until the marks are where the users are."""
    async with asyncio.timeout(PATIENCE):
        while (await Followers(instance.app.stores.database).progress())[0].behind:  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.01)


async def test_it_begins_with_what_is_there_and_goes_on_with_what_comes(
    instance: Instance, database_url: str, follower: Remembering, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    conversation = await person.conversation()
    await person.message(conversation)
    async with following(instance, database_url, follower):
        await follower.until_told(person)
        assert follower.begun == [person.id]
        await person.message(conversation)
        await follower.until_told(person)
        await all_is_told(instance)
    assert [change.event for change in follower.given[person.id]] == [
        "conversation:created", "message:created", "message:created"
    ]  # fmt: skip


async def test_what_no_hint_told_of_is_found_within_five_seconds(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url) as silent:  # it hints at nothing
        follower = Remembering(silent.app.epoch.id)
        person = await register(silent, http)
        async with following(silent, database_url, follower):
            conversation = await person.conversation()
            await follower.until_told(person)
            for _ in range(2):
                began = time.monotonic()
                await person.message(conversation)
                await follower.until_told(person)
                assert time.monotonic() - began < 5.0


async def test_writes_have_nothing_to_do_where_nobody_follows(
    instance: Instance, database_url: str, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    await person.message(await person.conversation())
    await person.must("DELETE", "/auth/account", {"password": "correct horse"})
    connection = await asyncpg.connect(database_url)
    for table in ("followers_due", "followed", "deleted_users"):
        assert await connection.fetchval(f"select count(*) from {table}") == 0
    await connection.close()


async def test_a_row_that_was_overtaken_comes_once_at_its_last_state(
    instance: Instance, database_url: str, follower: Remembering, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    message = await person.message(await person.conversation())
    for number in range(3):
        await person.must("PUT", f"/messages/{message['id']}", {"content": f"state {number}"})
    async with following(instance, database_url, follower):
        await follower.until_told(person)
    last = follower.given[person.id][-1]
    assert (last.event, last.data.content) == ("message:updated", "state 2")  # type: ignore[union-attr]
    assert len(follower.given[person.id]) == 2


async def test_writers_and_followers_that_overlap_leave_nothing_untold(
    instance: Instance, database_url: str, follower: Remembering, http: aiohttp.ClientSession
) -> None:
    people = [await register(instance, http) for _ in range(3)]
    talks = [await person.conversation() for person in people]
    follower.slow = 0.002

    async def write(person: Person, talk: dict[str, object]) -> None:
        for _ in range(40):
            await person.message(talk)
            await asyncio.sleep(random.uniform(0, 0.01))

    async with (
        following(instance, database_url, follower),
        following(instance, database_url, follower, "two"),
    ):
        await asyncio.gather(*(write(person, talk) for person, talk in zip(people, talks, strict=True)))
        for person in people:
            await follower.until_told(person)
        await all_is_told(instance)
    for person in people:
        revisions = [change.revision for change in follower.given[person.id]]
        assert revisions == sorted(set(revisions))
        assert len(revisions) == 41


async def test_what_failed_comes_again_from_the_mark_on(
    instance: Instance, database_url: str, follower: Remembering, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    await person.conversation()
    follower.fail = FollowerAway()
    with capture_logs() as logs:
        async with following(instance, database_url, follower):
            await person.conversation()
            follower.fail = ZeroDivisionError()
            async with asyncio.timeout(PATIENCE):
                while not any(log["event"] == "follower_failed" for log in logs):  # noqa: ASYNC110 - a log sets no event
                    await asyncio.sleep(0.01)
            follower.fail = None
            await follower.until_told(person)
    assert len(follower.given[person.id]) == 2


async def test_what_was_committed_in_the_same_process_is_not_read_again(
    instance: Instance,
    database_url: str,
    follower: Remembering,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = await register(instance, http)
    conversation = await person.conversation()
    async with following(instance, database_url, follower):
        await follower.until_told(person)
        read: list[int] = []
        since = ChangeStore.since

        async def counted(store: ChangeStore, user_id: UserId, revision: Revision, *limits: int) -> Any:
            read.append(revision)
            return await since(store, user_id, revision, *limits)

        with monkeypatch.context() as patch:
            patch.setattr(ChangeStore, "since", counted)
            await person.message(conversation)
            async with asyncio.timeout(PATIENCE), follower.came:
                await follower.came.wait_for(lambda: len(follower.given[person.id]) == 2)
        assert read == []
        page = await person.must("GET", "/changes?since=0&limit=10")
        assert [change.revision for change in follower.given[person.id]] == [1, 2]
        assert follower.given[person.id][1].data.content == page["changes"][1]["data"]["content"]  # type: ignore[union-attr]


async def test_a_hint_that_was_lost_at_who_keeps_a_user_is_made_up_for(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url) as silent, running(database_url, amqp_url="amqp://127.0.0.1:1/") as loud:
        follower = Remembering(silent.app.epoch.id)
        person = await register(loud, http)
        async with following(loud, database_url, follower):
            for instance in (loud, silent, loud, silent):
                began = time.monotonic()
                await person.must("POST", "/conversations", {"title": "Told of or not"}, instance=instance)
                await follower.until_told(person)
                assert time.monotonic() - began < 5.0


async def test_what_was_written_before_hints_could_be_heard_is_found_when_they_can(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitworks.features.sync.following.LOOK_INTERVAL", 1_000.0)
    async with running(database_url) as silent:  # it hints at nothing
        follower = Remembering(silent.app.epoch.id)
        person = await register(silent, http)
        await person.conversation()
        async with following(silent, database_url, follower):
            await follower.until_told(person)
            await person.conversation()
            assert isinstance(silent.app.fanout, LocalFanout)
            silent.app.fanout.announce_subscribed(FOLLOWERS)
            await follower.until_told(person)


async def test_who_is_killed_is_missed_for_a_lease_and_no_longer(
    instance: Instance, database_url: str, follower: Remembering, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    await person.conversation()
    async with open_stores(database_url, 1) as stores:
        await Followers(stores.database).register("tests")
        await Followers(stores.database).note_behind("tests", follower.epoch)
        jobs = FollowerJobs(stores.database, "tests")
        jobs.hint({UserId(person.id): Revision(1)})
        [claimed] = [job async for job in jobs.claim("dead", 8, 1.0)]
        jobs.hint({UserId(person.id): Revision(1)})
        assert [job async for job in jobs.claim("other", 8, 1.0)] == []
        async with following(instance, database_url, follower):
            await follower.until_told(person)
        assert claimed.fence == 1


async def test_an_account_that_is_deleted_ends_and_leaves_nothing(
    instance: Instance, database_url: str, follower: Remembering, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    await person.conversation()
    async with following(instance, database_url, follower):
        await follower.until_told(person)
        await person.must("DELETE", "/auth/account", {"password": "correct horse"})
        await follower.until_ended(person)
        await all_is_told(instance)
        await Followers(instance.app.stores.database).forget_deleted()
    connection = await asyncpg.connect(database_url)
    for table in ("followed", "deleted_users"):
        assert await connection.fetchval(f"select count(*) from {table}") == 0
    await connection.close()


async def test_a_deletion_whose_note_was_taken_for_done_before_it_was_committed_is_found(
    instance: Instance, database_url: str, follower: Remembering, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    await person.conversation()
    async with following(instance, database_url, follower):
        await follower.until_told(person)
        await all_is_told(instance)
    await person.must("DELETE", "/auth/account", {"password": "correct horse"})
    followers = Followers(instance.app.stores.database)
    await followers.database.execute("delete from followers_due")
    await followers.forget_deleted()
    assert (await followers.progress())[0].behind == 1
    async with following(instance, database_url, follower):
        await follower.until_ended(person)


async def test_who_is_told_again_hears_what_was_deleted_before_that(
    instance: Instance, database_url: str, follower: Remembering, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    gone, _ = await person.conversation(), await person.conversation()
    async with following(instance, database_url, follower):
        await follower.until_told(person)
    await person.must("DELETE", f"/conversations/{gone['id']}")
    assert await Followers(instance.app.stores.database).begin_again("tests", UserId(person.id))
    follower.given.clear()
    async with following(instance, database_url, follower):
        await follower.until_told(person)
    assert [change.event for change in follower.given[person.id]] == [
        "conversation:created", "conversation:deleted"
    ]  # fmt: skip


async def test_who_is_being_put_off_when_the_worker_stops_is_given_back(
    instance: Instance,
    database_url: str,
    follower: Remembering,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release, hangs = FollowerJobs.release, asyncio.Event()

    async def hang_once(jobs: FollowerJobs, job: Following, **put_off: Any) -> None:
        if not hangs.is_set():
            hangs.set()
            await asyncio.Event().wait()
        await release(jobs, job, **put_off)

    monkeypatch.setattr(FollowerJobs, "release", hang_once)
    person = await register(instance, http)
    await person.conversation()
    follower.fail = FollowerAway()
    async with following(instance, database_url, follower), asyncio.timeout(PATIENCE):
        await hangs.wait()
    row = await instance.app.stores.database.fetchrow("select leased_until from followed")
    assert row is not None
    assert row["leased_until"] is None


async def test_nothing_of_another_epoch_is_given(
    instance: Instance, database_url: str, follower: Remembering, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    await person.conversation()
    follower.epoch = await instance.app.stores.revisions.new_epoch()
    old = Remembering("an epoch of before")
    async with following(instance, database_url, old), following(instance, database_url, follower, "two"):
        await follower.until_told(person)
    assert not old.given


async def test_progress_says_who_is_behind_and_since_when(
    instance: Instance, database_url: str, http: aiohttp.ClientSession
) -> None:
    followers = Followers(instance.app.stores.database)
    assert await followers.progress() == []
    await followers.register("tests")
    person = await register(instance, http)
    await person.message(await person.conversation())
    [progress] = await followers.progress()
    assert (progress.name, progress.epoch, progress.behind, progress.revisions) == ("tests", "", 1, 2)
    assert progress.since is not None
    epoch = instance.app.epoch.id
    await followers.mark_as_told("tests", epoch)
    await followers.epoch_begun("tests", epoch)
    assert (await followers.progress())[0].behind == 0
    await followers.epoch_begun("tests", "another")
    assert (await followers.progress())[0].behind == 1
    assert await followers.forget("tests")
    assert await followers.progress() == []
    assert not await followers.forget("tests")
