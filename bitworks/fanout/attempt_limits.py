"""Limits of attempts, such as logins, in a fixed window that starts with the first attempt.

The counters are shared between instances through Redis. While Redis is away, or if there is none, each
instance counts for itself: the limits are looser then, and no request waits for long.
"""

import asyncio
import math
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Protocol, TypeVar

import structlog
from redis.exceptions import RedisError

from bitworks.fanout.redis_url import reason_of

log = structlog.get_logger(__name__)

REDIS_TIMEOUT = 0.2
"""Seconds to wait for Redis before the local counters are used; it is spent within a login."""
REDIS_PAUSE = 1.0
"""Seconds for which Redis is not asked again once it did not respond: a login asks it up to two dozen times."""
LOCAL_COUNTER_LIMIT = 100_000
"""Counters that are kept in memory; above, the one that was counted longest ago is dropped."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """How many attempts are allowed in how long, for each key."""

    name: str
    """Part of the key in Redis: counters of different limits are apart."""
    attempts: int
    """How many attempts are allowed in one window."""
    window: int
    """Length of the window in seconds, from its first attempt."""


class AttemptLimits(Protocol):
    """Counters of attempts by limit and key, such as an address or an account. Never raises."""

    async def count(self, limit: AttemptLimit, key: str) -> None:
        """Counts one attempt, allowed or not."""

    async def refund(self, limit: AttemptLimit, key: str) -> None:
        """Takes back one counted attempt, such as a login that succeeded."""

    async def retry_after(self, limit: AttemptLimit, key: str) -> int:
        """Returns the seconds until an attempt is allowed again; 0 if it is allowed now."""


class LocalAttemptLimits:
    """Counts in memory. `clock` returns seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # (limit name, key) to (attempts, when the window ends).
        self._counters: dict[tuple[str, str], tuple[int, float]] = {}

    async def count(self, limit: AttemptLimit, key: str) -> None:
        """Counts one attempt; the first after the end of a window starts the next."""
        now = self._clock()
        # Removed and inserted again, so that the dict is ordered by the last attempt.
        attempts, ends = self._counters.pop((limit.name, key), (0, 0.0))
        if ends <= now:
            attempts, ends = 0, now + limit.window
        self._counters[limit.name, key] = (attempts + 1, ends)
        if len(self._counters) > LOCAL_COUNTER_LIMIT:
            del self._counters[next(iter(self._counters))]

    async def refund(self, limit: AttemptLimit, key: str) -> None:
        """Takes back one attempt. The window goes on."""
        if (counter := self._counters.get((limit.name, key))) is not None:
            self._counters[limit.name, key] = (max(counter[0] - 1, 0), counter[1])

    async def retry_after(self, limit: AttemptLimit, key: str) -> int:
        """Returns the seconds, rounded up, until the window ends; 0 if an attempt is allowed."""
        attempts, ends = self._counters.get((limit.name, key), (0, 0.0))
        left = ends - self._clock()
        return int(left) + 1 if attempts >= limit.attempts and left > 0 else 0


class RedisAttemptLimits:
    """Counts in Redis, and in memory for the time when Redis does not respond. `clock` as of LocalAttemptLimits."""

    def __init__(self, client: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._local = LocalAttemptLimits(clock)
        self._away = False
        # Before this time Redis is not asked.
        self._paused_until = -math.inf

    async def count(self, limit: AttemptLimit, key: str) -> None:
        """Counts one attempt in Redis and in memory."""
        # In memory always, so that an outage does not begin with empty counters.
        await self._local.count(limit, key)
        await self._call_redis(self._count(limit, _redis_key(limit, key)))

    async def refund(self, limit: AttemptLimit, key: str) -> None:
        """Takes back one attempt in Redis and in memory."""
        await self._local.refund(limit, key)
        await self._call_redis(self._refund(_redis_key(limit, key)))

    async def retry_after(self, limit: AttemptLimit, key: str) -> int:
        """Returns the seconds by the counter in Redis; by the one in memory if Redis is away."""
        seconds = await self._call_redis(self._retry_after(limit, _redis_key(limit, key)))
        return await self._local.retry_after(limit, key) if seconds is None else seconds

    async def _call_redis(self, call: Coroutine[None, None, T]) -> T | None:
        """Awaits `call` for at most REDIS_TIMEOUT. Returns None if Redis is away, and logs that once.

        Within REDIS_PAUSE of a failure it returns None at once.
        """
        if self._clock() < self._paused_until:
            call.close()
            return None
        try:
            async with asyncio.timeout(REDIS_TIMEOUT):
                result = await call
        except (RedisError, OSError, TimeoutError) as error:
            if not self._away:
                log.warning("redis_away", doing="limits", error=type(error).__name__, reason=reason_of(error))
            self._away = True
            self._paused_until = self._clock() + REDIS_PAUSE
            return None
        self._away = False
        return result

    async def _count(self, limit: AttemptLimit, name: str) -> None:
        if await self._client.incr(name) == 1:
            await self._client.expire(name, limit.window)

    async def _refund(self, name: str) -> None:
        """Deletes the counter at 0, and one whose window ended meanwhile: DECR has then made it -1."""
        if await self._client.decr(name) <= 0:
            await self._client.delete(name)

    async def _retry_after(self, limit: AttemptLimit, name: str) -> int:
        if int(await self._client.get(name) or 0) < limit.attempts:
            return 0
        left = int(await self._client.ttl(name))
        if left == -1:
            # No expiry: the connection was lost between INCR and EXPIRE.
            await self._client.expire(name, limit.window)
            left = limit.window
        return max(left, 1)


class NoAttemptLimits:
    """Allows every attempt: for benchmarks and tests."""

    async def count(self, limit: AttemptLimit, key: str) -> None:
        """Does nothing."""

    async def refund(self, limit: AttemptLimit, key: str) -> None:
        """Does nothing."""

    async def retry_after(self, limit: AttemptLimit, key: str) -> int:
        """Returns 0."""
        return 0


def _redis_key(limit: AttemptLimit, key: str) -> str:
    """Returns the key in Redis. It holds a digest: the key names an address or an account of a person."""
    return f"bitworks:limit:{limit.name}:{blake2b(key.encode(), digest_size=16).hexdigest()}"
