"""A cluster of three nodes: a slot moves, a node dies, and everybody is heard again."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bitworks.core.ids import Revision, UserId
from bitworks.fanout import Fanout, open_fanout
from bitworks.fanout.notices import Changed, Notice, Signalled
from tests.fanout.test_fanout import PATIENCE, Listener, a_user, listening
from tests.support.valkeys import Cluster, a_cluster, a_watched_pair

pytestmark = pytest.mark.servers

HEARD_AGAIN_WITHIN = 30.0  # seconds
USERS = 30


def channel_of(user_id: UserId) -> str:
    return f"bitworks:user:{user_id}"


@asynccontextmanager
async def two_sides(url: str) -> AsyncIterator[tuple[Fanout, Fanout]]:
    async with open_fanout(url) as (here, _), open_fanout(url) as (there, _):
        yield here, there


async def until_heard(here: Fanout, user_id: UserId, listener: Listener) -> None:
    """Publishes until something new is heard."""
    before = len(listener.heard)
    async with asyncio.timeout(HEARD_AGAIN_WITHIN):
        for number in itertools.count(1_000):
            here.publish(user_id, Changed(Revision(number), b""))
            await asyncio.sleep(0.01)
            if len(listener.heard) > before:
                return


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    async with a_cluster(tmp_path) as cluster:
        yield cluster


async def test_users_of_every_node_are_heard(cluster: Cluster) -> None:
    async with two_sides(cluster.url) as (here, there):
        users = [a_user() for _ in range(USERS)]
        assert len({await cluster.owner(channel_of(one)) for one in users}) == 3
        listeners = [await listening(there, one) for one in users]
        for one in users:
            here.publish(one, Changed(Revision(1), b""))
        for listener in listeners:
            await listener.until(1)


async def test_a_slot_that_moves_under_load_is_followed(cluster: Cluster) -> None:
    async with two_sides(cluster.url) as (here, there):
        users = [a_user() for _ in range(USERS)]
        listeners = [await listening(there, one) for one in users]
        load = asyncio.create_task(publish_forever(here, users))
        for one in users[:3]:
            await cluster.move_slot_of(channel_of(one))
        load.cancel()
        for one, listener in zip(users, listeners, strict=True):
            await until_heard(here, one, listener)


async def test_a_listener_that_never_publishes_follows_a_slot_too(cluster: Cluster) -> None:
    async with two_sides(cluster.url) as (here, there):
        user_id = a_user()
        listener = await listening(there, user_id)
        listener.ready.clear()
        await cluster.move_slot_of(channel_of(user_id))
        await asyncio.wait_for(listener.ready.wait(), HEARD_AGAIN_WITHIN)
        await until_heard(here, user_id, listener)


async def test_instances_that_take_two_nodes_for_single_servers_hear_each_other(cluster: Cluster) -> None:
    one_url, other_url = (f"redis://127.0.0.1:{node.port}" for node in cluster.primaries[:2])
    with capture_logs() as logs:
        async with open_fanout(one_url) as (here, _), open_fanout(other_url) as (there, _):
            user_id = a_user()
            listener, own = await listening(there, user_id), await listening(here, user_id)
            notices: list[Notice] = [Signalled("sid", b"typing %d" % n) for n in range(12)]
            for notice in notices:
                here.publish(user_id, notice)
            await listener.until(12)
            assert listener.heard == own.heard == notices
    warnings = [line for line in logs if line["event"] == "redis_is_a_cluster"]
    assert len(warnings) == 2  # one of each instance
    assert "redis+cluster://" in warnings[0]["advice"]


async def test_an_instance_whose_redis_is_a_replica_warns_once(tmp_path: Path) -> None:
    async with a_watched_pair(tmp_path) as pair:
        with capture_logs() as logs:
            async with open_fanout(f"redis://127.0.0.1:{pair.replica.port}") as (fanout, _):
                await listening(fanout, a_user())
                fanout.publish(a_user(), Changed(Revision(1), b""))
                async with asyncio.timeout(PATIENCE):
                    while not logs:
                        await pair.replica.ask("PING")
    assert [line["event"] for line in logs] == ["redis_is_a_replica"]


async def publish_forever(here: Fanout, users: list[UserId]) -> None:
    for number in itertools.count(1):
        for one in users:
            here.publish(one, Changed(Revision(number), b"x" * 200))
        await asyncio.sleep(0.002)


async def test_when_a_node_dies_its_replica_is_heard(tmp_path: Path) -> None:
    async with a_cluster(tmp_path, replicas=True) as cluster, two_sides(cluster.url) as (here, there):
        users = [a_user() for _ in range(USERS)]
        listeners = [await listening(there, one) for one in users]
        (await cluster.owner(channel_of(users[0]))).kill()
        for one, listener in zip(users, listeners, strict=True):
            await until_heard(here, one, listener)


async def test_sentinels_name_another_primary_and_it_is_followed(tmp_path: Path) -> None:
    async with a_watched_pair(tmp_path) as pair, two_sides(pair.url) as (here, there):
        user_id = a_user()
        listener = await listening(there, user_id)
        await until_heard(here, user_id, listener)
        pair.primary.kill()
        await until_heard(here, user_id, listener)
        assert (await pair.replica.ask("ROLE"))[0] == "master"


@pytest.mark.parametrize("sentinels_want_it", [True, False])
async def test_sentinels_are_told_the_password_of_the_servers_if_they_want_one(
    sentinels_want_it: bool, tmp_path: Path
) -> None:
    pair = a_watched_pair(tmp_path, password="p@ss/w#rd", sentinels_want_it=sentinels_want_it)
    async with pair as watched, two_sides(watched.url) as (here, there):
        user_id = a_user()
        await until_heard(here, user_id, await listening(there, user_id))


async def test_a_wrong_password_of_sentinels_is_named_in_the_log(tmp_path: Path) -> None:
    async with a_watched_pair(tmp_path, password="right", sentinels_want_it=True) as watched:
        with capture_logs() as logs:
            async with open_fanout(watched.url.replace("right", "wrong")):
                async with asyncio.timeout(PATIENCE):
                    while not logs:
                        await watched.primary.ask("PING")
    assert logs[0]["reason"] == "AuthenticationError"
