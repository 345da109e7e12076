"""A Redis user that may not use pub/sub, as Redis 7 makes them unless told otherwise."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import redis.asyncio

from bitworks.core.ids import Revision, UserId
from bitworks.fanout import Fanout, open_fanout
from bitworks.fanout.notices import Changed
from tests.fanout.test_fanout import PATIENCE, Listener, a_user

STOPS_WITHIN = 5.0  # seconds
HEARD_AGAIN_WITHIN = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class RedisUser:
    """A user of the server, whose rights may be changed."""

    name: str
    url: str
    admin: redis.asyncio.Redis

    async def may(self, *rules: str) -> None:
        await self.admin.execute_command("ACL", "SETUSER", self.name, *rules)  # type: ignore[no-untyped-call]

    async def channels(self) -> list[bytes]:
        found: list[bytes] = await self.admin.pubsub_channels("bitworks:user:*")
        return found


@pytest.fixture
async def redis_user(redis_url: str) -> AsyncIterator[RedisUser]:
    name = f"user-{uuid4()}"
    place = urlsplit(redis_url)
    async with redis.asyncio.Redis.from_url(redis_url) as admin:
        user = RedisUser(name, f"redis://{name}:secret@{place.hostname}:{place.port}/0", admin)
        await user.may("on", ">secret", "~*", "+@all", "resetchannels")
        yield user
        await admin.execute_command("ACL", "DELUSER", name)  # type: ignore[no-untyped-call]


async def test_instances_that_may_not_subscribe_stop_within_seconds(redis_user: RedisUser) -> None:
    # Many times: it depends on what the listening is doing when the answer comes.
    for _ in range(20):
        async with AsyncExitStack() as stack:
            fanout, _ = await stack.enter_async_context(open_fanout(redis_user.url))
            for _ in range(20):
                fanout.subscribe(a_user(), Listener())
            await refused(redis_user)
            await asyncio.wait_for(stack.aclose(), STOPS_WITHIN)


async def test_instances_subscribe_by_themselves_when_they_may_again(redis_user: RedisUser) -> None:
    async with open_fanout(redis_user.url) as (here, _), open_fanout(redis_user.url) as (there, _):
        user_id, listener = a_user(), Listener()
        there.subscribe(user_id, listener)
        await refused(redis_user)
        await redis_user.may("&*")
        await asyncio.wait_for(listener.ready.wait(), HEARD_AGAIN_WITHIN)
        await heard(here, user_id, listener)
        # A right that was there is taken and given back.
        for _ in range(5):
            listener.ready.clear()
            await redis_user.may("resetchannels")
            await refused(redis_user)
            await redis_user.may("&*")
            await asyncio.wait_for(listener.ready.wait(), HEARD_AGAIN_WITHIN)
        await heard(here, user_id, listener)


async def refused(user: RedisUser) -> None:
    """Until Redis has refused a command of this user, and has nobody subscribed for it."""
    await user.admin.execute_command("ACL", "LOG", "RESET")  # type: ignore[no-untyped-call]
    async with asyncio.timeout(PATIENCE):
        while not any(entry["username"] == user.name for entry in await user.admin.acl_log()):
            pass


async def heard(here: Fanout, user_id: UserId, listener: Listener) -> None:
    before = len(listener.heard)
    async with asyncio.timeout(HEARD_AGAIN_WITHIN):
        while len(listener.heard) == before:
            here.publish(user_id, Changed(Revision(1), b""))
            await asyncio.sleep(0.01)
