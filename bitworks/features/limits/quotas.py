"""What one user may take of this instance: requests in a time, and places held open at once.

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
FULL_HOUSE_RETRY = 5  # seconds


@dataclass(frozen=True, slots=True)
class Quota:
    """`requests` a second, and `places`: sockets and held requests, open at once. None is no limit."""

    requests: int | None
    places: int | None


class Quotas:
    """One user's share, for every user. A user who has been quiet costs no memory."""

    def __init__(self, quota: Quota, clock: Callable[[], float] = time.monotonic) -> None:
        self._quota = quota
        self._clock = clock
        self._buckets: OrderedDict[UserId, TokenBucket] = OrderedDict()
        self._places: dict[UserId, int] = {}

    def spend(self, user_id: UserId) -> None:
        """Counts one request. Raises `RateLimited`."""
        if self._quota.requests is None:
            return
        now = self._clock()
        wait = self._bucket(user_id, self._quota.requests, now).take(now)
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

    def take_place(self, user_id: UserId) -> None:
        """Pair each call that returns with one of `leave_place`. Raises `RateLimited` if all are taken."""
        taken = self._places.get(user_id, 0)
        if self._quota.places is not None and taken >= self._quota.places:
            raise RateLimited(FULL_HOUSE_RETRY, f"More than {self._quota.places} connections of this user")
        self._places[user_id] = taken + 1

    def leave_place(self, user_id: UserId) -> None:
        self._places[user_id] -= 1
        if not self._places[user_id]:
            del self._places[user_id]

    @contextmanager
    def place(self, user_id: UserId) -> Iterator[None]:
        """A place for as long as the block runs. Raises `RateLimited`."""
        self.take_place(user_id)
        try:
            yield
        finally:
            self.leave_place(user_id)
