"""Counters of attempts, shared between instances where there is a Redis, each its own where there is none.

A window starts with its first attempt. While Redis is away each instance counts for itself: limits
become looser for a while, and nobody waits.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Protocol, TypeVar

import structlog
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

REDIS_TIMEOUT = 0.2  # seconds
LOCAL_COUNTER_LIMIT = 100_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """At most `attempts` in `window` seconds for one key."""

    name: str
    attempts: int
    window: int


class AttemptLimits(Protocol):
    async def count(self, limit: AttemptLimit, key: str) -> None:
        """Counts one attempt."""

    async def refund(self, limit: AttemptLimit, key: str) -> None:
        """Takes back one attempt that was counted and should not have been."""

    async def retry_after(self, limit: AttemptLimit, key: str) -> int:
        """Seconds until an attempt is allowed again; 0 if it is allowed now."""


class LocalAttemptLimits:
    """Counts in memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counters: dict[tuple[str, str], tuple[int, float]] = {}

    async def count(self, limit: AttemptLimit, key: str) -> None:
        now = self._clock()
        attempts, ends = self._counters.pop((limit.name, key), (0, 0.0))
        if ends <= now:
            attempts, ends = 0, now + limit.window
        self._counters[limit.name, key] = (attempts + 1, ends)
        if len(self._counters) > LOCAL_COUNTER_LIMIT:
            # The one that was counted longest ago: dicts keep the order of insertion.
            del self._counters[next(iter(self._counters))]

    async def refund(self, limit: AttemptLimit, key: str) -> None:
        if (counter := self._counters.get((limit.name, key))) is not None:
            self._counters[limit.name, key] = (max(counter[0] - 1, 0), counter[1])

    async def retry_after(self, limit: AttemptLimit, key: str) -> int:
        attempts, ends = self._counters.get((limit.name, key), (0, 0.0))
        left = ends - self._clock()
        return int(left) + 1 if attempts >= limit.attempts and left > 0 else 0


class RedisAttemptLimits:
    """Counts in Redis, and in memory while Redis does not respond."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._local = LocalAttemptLimits()
        self._away = False

    async def count(self, limit: AttemptLimit, key: str) -> None:
        await self._local.count(limit, key)
        await self._call_redis(self._count(limit, _redis_key(limit, key)))

    async def refund(self, limit: AttemptLimit, key: str) -> None:
        await self._local.refund(limit, key)
        await self._call_redis(self._refund(_redis_key(limit, key)))

    async def retry_after(self, limit: AttemptLimit, key: str) -> int:
        seconds = await self._call_redis(self._retry_after(limit, _redis_key(limit, key)))
        return await self._local.retry_after(limit, key) if seconds is None else seconds

    async def _call_redis(self, call: Coroutine[None, None, T]) -> T | None:
        """None while Redis is away, which is said once."""
        try:
            async with asyncio.timeout(REDIS_TIMEOUT):
                result = await call
        except (RedisError, OSError, TimeoutError) as error:
            if not self._away:
                log.warning("redis_away", doing="limits", error=type(error).__name__)
            self._away = True
            return None
        self._away = False
        return result

    async def _count(self, limit: AttemptLimit, name: str) -> None:
        if await self._client.incr(name) == 1:
            await self._client.expire(name, limit.window)

    async def _refund(self, name: str) -> None:
        """What is counted down to nothing is as if it had never been; so is what had ended meanwhile."""
        if await self._client.decr(name) <= 0:
            await self._client.delete(name)

    async def _retry_after(self, limit: AttemptLimit, name: str) -> int:
        if int(await self._client.get(name) or 0) < limit.attempts:
            return 0
        left = int(await self._client.ttl(name))
        if left == -1:
            # Counted, but cut off before its end was set.
            await self._client.expire(name, limit.window)
            left = limit.window
        return max(left, 1)


class NoAttemptLimits:
    """Allows everything: for benchmarks and tests."""

    async def count(self, limit: AttemptLimit, key: str) -> None:
        return

    async def refund(self, limit: AttemptLimit, key: str) -> None:
        return

    async def retry_after(self, limit: AttemptLimit, key: str) -> int:
        return 0


def _redis_key(limit: AttemptLimit, key: str) -> str:
    """Keys hold addresses of people, which are nobody's to read in Redis."""
    return f"bitworks:limit:{limit.name}:{blake2b(key.encode(), digest_size=16).hexdigest()}"
