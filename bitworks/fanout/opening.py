"""Opens the fan-out that a URL names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis.asyncio
import redis.asyncio.sentinel
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

CONNECT_TIMEOUT = 2.0
"""Seconds to wait for a connection to Redis."""
SOCKET_TIMEOUT = 5.0
"""Seconds to wait for Redis to respond to a command; publishing has a timeout of its own."""


class BadRedisUrl(Exception):
    """REDIS_URL is not one of redis:// rediss:// unix:// redis+cluster:// redis+sentinel://host,host/name."""


@asynccontextmanager
async def open_fanout(
    url: str | None, *, limited: bool = True, timings: FanoutTimings = DEFAULT_TIMINGS
) -> AsyncIterator[tuple[Fanout, AttemptLimits]]:
    """Opens the fan-out that `url` names, in-process for None, and the limits that go with it.

    Does not wait for Redis to be there. `limited=False` allows every attempt. Raises BadRedisUrl.
    """
    if url is None:
        yield LocalFanout(), LocalAttemptLimits() if limited else NoAttemptLimits()
        return
    client, others = _client(url)
    fanout = RedisFanout(client, sharded=_is_cluster(url), timings=timings)
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


def _is_cluster(url: str) -> bool:
    return url.startswith("redis+cluster://")


def _client(url: str) -> tuple[Any, list[Any]]:
    """Returns the client for this URL, and the clients that it uses, which must be closed too."""
    parts = urlsplit(url)
    options: dict[str, Any] = {
        "socket_connect_timeout": CONNECT_TIMEOUT,
        "socket_timeout": SOCKET_TIMEOUT,
        # RESP3 offers nothing that is used here, and its messages take a longer way through redis-py.
        "protocol": 2,
    }
    match parts.scheme:
        case "redis" | "rediss" | "unix":
            return redis.asyncio.Redis.from_url(url, **options), []
        case "redis+cluster":
            return redis.asyncio.RedisCluster.from_url(urlunsplit(("redis", *parts[1:])), **options), []
        case "redis+sentinel":
            return _sentinel_client(parts.netloc, parts.path, options)
    raise BadRedisUrl(BadRedisUrl.__doc__)


def _sentinel_client(netloc: str, path: str, options: dict[str, Any]) -> tuple[Any, list[Any]]:
    """Returns the client of the master `name`, as the sentinels of `host:port,host:port` report it."""
    credentials, _, hosts = netloc.rpartition("@")
    sentinels = [
        (host, int(port or 26379)) for host, _, port in (part.partition(":") for part in hosts.split(","))
    ]
    if credentials:
        username, _, password = credentials.partition(":")
        options |= {"username": username or None, "password": password}
    sentinel = redis.asyncio.sentinel.Sentinel(sentinels, **options)  # type: ignore[no-untyped-call]  # redis-py
    return sentinel.master_for(path.strip("/"), **options), sentinel.sentinels
