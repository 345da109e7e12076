"""Opens the fan-out that a URL names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis.asyncio
from redis.exceptions import RedisError

from bitworks.fanout.attempt_limits import (
    AttemptLimits,
    LocalAttemptLimits,
    NoAttemptLimits,
    RedisAttemptLimits,
)
from bitworks.fanout.fanout import Fanout
from bitworks.fanout.local import LocalFanout
from bitworks.fanout.redis import DEFAULT_TIMINGS, FanoutTimings, RedisFanout
from bitworks.fanout.redis_url import read_redis_url


@asynccontextmanager
async def open_fanout(
    url: str | None, *, limited: bool = True, timings: FanoutTimings = DEFAULT_TIMINGS
) -> AsyncIterator[tuple[Fanout, AttemptLimits]]:
    """Opens the fan-out that `url` names, in-process for None, and the limits that go with it.

    Does not wait for Redis to be there. `limited=False` allows every attempt. Raises `BadRedisUrl`.
    """
    if url is None:
        yield LocalFanout(), LocalAttemptLimits() if limited else NoAttemptLimits()
        return
    place = read_redis_url(url)
    client, others = place.client()
    fanout = RedisFanout(client, sharded=place.is_cluster, timings=timings)
    fanout.start()
    try:
        yield fanout, RedisAttemptLimits(client) if limited else NoAttemptLimits()
    finally:
        await fanout.stop()
        for one in (client, *others):
            await one.aclose()


async def responds(url: str) -> bool:
    """Whether a single server at `url` responds to a PING now."""
    async with redis.asyncio.Redis.from_url(url) as client:
        try:
            await client.ping()
        except (RedisError, OSError):
            return False
    return True
