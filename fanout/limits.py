"""Counters of attempts, shared between instances where there is a Redis, each its own where there is none.

A window starts with its first attempt. While Redis is away each instance counts for itself: limits
become looser for a while, and nobody waits.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

REDIS_PATIENCE = 0.2  # seconds
LOCAL_COUNTERS = 100_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `attempts` in `window` seconds for one key."""

    name: str
    attempts: int
    window: int


class Limits(Protocol):
    async def count(self, limit: Limit, key: str) -> None:
        """Counts one attempt."""

    async def refund(self, limit: Limit, key: str) -> None:
        """Takes back one attempt that was counted and should not have been."""

    async def retry_after(self, limit: Limit, key: str) -> int:
        """Seconds until an attempt is allowed again; 0 if it is allowed now."""


class LocalLimits:
    """Counts in memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counters: dict[tuple[str, str], tuple[int, float]] = {}

    async def count(self, limit: Limit, key: str) -> None:
        now = self._clock()
        attempts, ends = self._counters.pop((limit.name, key), (0, 0.0))
        if ends <= now:
            attempts, ends = 0, now + limit.window
        self._counters[limit.name, key] = (attempts + 1, ends)
        if len(self._counters) > LOCAL_COUNTERS:
            # The one that was counted longest ago: dicts keep the order of insertion.
            del self._counters[next(iter(self._counters))]

    async def refund(self, limit: Limit, key: str) -> None:
        if (counter := self._counters.get((limit.name, key))) is not None:
            self._counters[limit.name, key] = (max(counter[0] - 1, 0), counter[1])

    async def retry_after(self, limit: Limit, key: str) -> int:
        attempts, ends = self._counters.get((limit.name, key), (0, 0.0))
        left = ends - self._clock()
        return int(left) + 1 if attempts >= limit.attempts and left > 0 else 0


class RedisLimits:
    """Counts in Redis, and in memory while Redis does not answer."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._local = LocalLimits()

    async def count(self, limit: Limit, key: str) -> None:
        await self._local.count(limit, key)
        try:
            async with asyncio.timeout(REDIS_PATIENCE):
                name = _name(limit, key)
                if await self._client.incr(name) == 1:
                    await self._client.expire(name, limit.window)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("redis_away", doing="limits", error=type(error).__name__)

    async def refund(self, limit: Limit, key: str) -> None:
        await self._local.refund(limit, key)
        try:
            async with asyncio.timeout(REDIS_PATIENCE):
                name = _name(limit, key)
                if await self._client.exists(name):
                    await self._client.decr(name)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("redis_away", doing="limits", error=type(error).__name__)

    async def retry_after(self, limit: Limit, key: str) -> int:
        try:
            async with asyncio.timeout(REDIS_PATIENCE):
                name = _name(limit, key)
                if int(await self._client.get(name) or 0) < limit.attempts:
                    return 0
                return await self._seconds_left(limit, name)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("redis_away", doing="limits", error=type(error).__name__)
            return await self._local.retry_after(limit, key)

    async def _seconds_left(self, limit: Limit, name: str) -> int:
        left = int(await self._client.ttl(name))
        if left == -1:
            # Counted, but cut off before its end was set.
            await self._client.expire(name, limit.window)
            left = limit.window
        return max(left, 1)


class NoLimits:
    """Allows everything: for benchmarks and tests."""

    async def count(self, limit: Limit, key: str) -> None:
        return

    async def refund(self, limit: Limit, key: str) -> None:
        return

    async def retry_after(self, limit: Limit, key: str) -> int:
        return 0


def _name(limit: Limit, key: str) -> str:
    return f"bitworks:limit:{limit.name}:{key}"
