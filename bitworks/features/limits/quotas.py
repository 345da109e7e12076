"""The quota of each user: requests in a time, and connections open at once.

Each instance counts for itself, in memory, so that a request waits for no other process. Attempts that must
be counted across instances, such as logins, have `bitworks.fanout.attempt_limits`.
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

BURST_SECONDS = 10
"""Seconds of unused requests that a user may spend at once."""
SLOT_RETRY_AFTER = 5
"""Seconds after which a refused connection is asked to try again: when a slot is released is not known."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What one user may take of one instance. None: no limit."""

    requests_per_second: int | None
    """Requests a second on average; BURST_SECONDS as many at once."""
    connections: int | None
    """Sockets and held requests open at once."""


class Quotas:
    """Applies one quota to every user. A user who sends nothing and holds no slot takes no memory.

    `clock` returns seconds that never go back.
    """

    def __init__(self, quota: Quota, clock: Callable[[], float] = time.monotonic) -> None:
        self._quota = quota
        self._clock = clock
        # Ordered by the last request.
        self._buckets: OrderedDict[UserId, TokenBucket] = OrderedDict()
        # Slots taken; users without one are absent.
        self._slots: dict[UserId, int] = {}

    def spend(self, user_id: UserId) -> None:
        """Counts one request. Raises `RateLimited`, with the seconds until one is allowed, if it is over."""
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
        """Deletes up to two full buckets, the longest unused first.

        Two for each request, which adds at most one: so full buckets cannot pile up.
        """
        for _ in range(2):
            oldest = next(iter(self._buckets))
            if self._buckets[oldest].full_at() > now:
                return
            del self._buckets[oldest]
            if not self._buckets:
                return

    def acquire_slot(self, user_id: UserId) -> None:
        """Takes a connection slot. Pair each call that returns with one of `release_slot`.

        Raises `RateLimited` if all of the user's slots are taken.
        """
        taken = self._slots.get(user_id, 0)
        if self._quota.connections is not None and taken >= self._quota.connections:
            raise RateLimited(
                SLOT_RETRY_AFTER, f"More than {self._quota.connections} connections of this user"
            )
        self._slots[user_id] = taken + 1

    def release_slot(self, user_id: UserId) -> None:
        """Gives a slot back that `acquire_slot` took."""
        self._slots[user_id] -= 1
        if not self._slots[user_id]:
            del self._slots[user_id]

    @contextmanager
    def slot(self, user_id: UserId) -> Iterator[None]:
        """Holds a slot for as long as the block runs. Raises `RateLimited`."""
        self.acquire_slot(user_id)
        try:
            yield
        finally:
            self.release_slot(user_id)
