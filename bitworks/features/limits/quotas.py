"""What one user may take of this instance: requests in a time, and slots held open at once.

Each instance counts for itself, in memory: nothing is asked of anybody on the way of a request.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bitworks.core.errors import RateLimited
from bitworks.core.ids import UserId
from bitworks.features.limits.token_bucket import TokenBucket

# What was saved up may be spent at once: so many seconds' worth.
BURST_SECONDS = 10
SLOT_RETRY_AFTER = 5  # seconds


@dataclass(frozen=True, slots=True)
class Quota:
    """What one user may take of one instance. None: no limit."""

    requests_per_second: int | None
    """Requests a second on average; BURST_SECONDS as many at once."""
    connections: int | None
    """Sockets and held requests open at once."""


class Quotas:
    """One user's share, for every user. A user who has been quiet costs no memory."""

    def __init__(self, quota: Quota, clock: Callable[[], float] = time.monotonic) -> None:
        self._quota = quota
        self._clock = clock
        self._buckets: OrderedDict[UserId, TokenBucket] = OrderedDict()
        self._slots: dict[UserId, int] = {}

    def spend(self, user_id: UserId) -> None:
        """Counts one request. Raises `RateLimited`."""
        if self._quota.requests_per_second is None:
            return
        now = self._clock()
        wait = self._bucket(user_id, self._quota.requests_per_second, now).take(now)
        self._evict_full_buckets(now)
        if wait > 0:
            raise RateLimited(math.ceil(wait), "Too many requests")

    def _bucket(self, user_id: UserId, rate: int, now: float) -> TokenBucket:
        burst = rate * BURST_SECONDS
        bucket = self._buckets.setdefault(user_id, TokenBucket(rate, burst, burst, now))
        self._buckets.move_to_end(user_id)
        return bucket

    def _evict_full_buckets(self, now: float) -> None:
        """Two at a time, so that they go faster than they come."""
        for _ in range(2):
            quietest = next(iter(self._buckets))
            if self._buckets[quietest].full_at() > now:
                return
            del self._buckets[quietest]
            if not self._buckets:
                return

    def acquire_slot(self, user_id: UserId) -> None:
        """Pair each call that returns with one of `release_slot`. Raises `RateLimited` if all are taken."""
        taken = self._slots.get(user_id, 0)
        if self._quota.connections is not None and taken >= self._quota.connections:
            raise RateLimited(
                SLOT_RETRY_AFTER, f"More than {self._quota.connections} connections of this user"
            )
        self._slots[user_id] = taken + 1

    def release_slot(self, user_id: UserId) -> None:
        self._slots[user_id] -= 1
        if not self._slots[user_id]:
            del self._slots[user_id]

    @contextmanager
    def slot(self, user_id: UserId) -> Iterator[None]:
        """A slot for as long as the block runs. Raises `RateLimited`."""
        self.acquire_slot(user_id)
        try:
            yield
        finally:
            self.release_slot(user_id)
