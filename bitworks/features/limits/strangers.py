"""What strangers may take of one worker, by their addresses: connections, and requests that are refused.

Each worker counts for itself, in memory. Who has proved to be a user is a stranger no more, and counted as that user.
"""

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bitworks.core.errors import DomainError, RateLimited
from bitworks.core.ids import UserId
from bitworks.features.limits.addresses import CountedNetwork, counted_networks
from bitworks.features.limits.token_bucket import TokenBucket

EVERYBODY = "everybody"
"""The key under which all strangers are counted."""
PLACES_OF_ADDRESS = 500
"""What one address may have open on a worker before it shows whose it is, of connections and of sockets each: an office
that comes back all at once has no more for long."""
PLACE_RETRY_AFTER = 5
"""Seconds after which a refused request is asked to try again: when a place is released is not known."""
BUCKET_LIMIT = 100_000
"""Networks whose refusals are remembered; above, the one that was refused longest ago is forgotten."""


@dataclass(frozen=True, slots=True)
class StrangerBounds:
    """What one address may take; a larger network of IPv6 several times as much."""

    in_all: int
    """Connections and requests of strangers at once, from wherever."""
    places: int = PLACES_OF_ADDRESS
    """Those of one address; and those of one user."""
    refusals_per_second: float = 5.0
    """Refused requests, on average."""
    refusals: int = 300
    """Refused requests at once."""


class Strangers:
    """Counts by address. With `bounds` None it refuses nobody.

    `clock` returns seconds that never go back.
    """

    def __init__(self, bounds: StrangerBounds | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._bounds = bounds
        self._clock = clock
        self._taken: Counter[str] = Counter()
        # What each holder of a place is counted under.
        self._holders: dict[Hashable, tuple[str, ...]] = {}
        # Ordered by the last refusal.
        self._refusals: dict[str, TokenBucket] = {}

    # Places

    def admit(self, holder: Hashable, address: str) -> bool:
        """Gives a place to a connection or a request from this address. Returns False if all of them are taken.

        Pair it with one `release`; if it was refused, that does nothing.
        """
        if self._bounds is None:
            return True
        places = {one.key: one.times * self._bounds.places for one in counted_networks(address)}
        return self._take(holder, {EVERYBODY: self._bounds.in_all, **places})

    def recognize(self, holder: Hashable, user_id: UserId) -> None:
        """Counts what a stranger held as this user's; goes on counting it as the stranger's if the user has as many."""
        before = self._holders.get(holder, ())
        key = f"user {user_id}"
        if self._bounds is None or not before or key in before:
            return
        if self._take(holder, {key: self._bounds.places}):
            self._give_back(before)

    def release(self, holder: Hashable) -> None:
        """Gives the place of this holder back, if it has one."""
        self._give_back(self._holders.pop(holder, ()))

    @contextmanager
    def visit(self, address: str, *, takes_place: bool) -> Iterator[None]:
        """Gives a request a place, if it takes one, while the block runs. Raises `RateLimited` if all are taken."""
        holder = object()
        if takes_place and not self.admit(holder, address):
            raise RateLimited(PLACE_RETRY_AFTER, "Too many requests of this address at once")
        try:
            yield
        finally:
            self.release(holder)

    def _take(self, holder: Hashable, places: Mapping[str, int]) -> bool:
        if any(self._taken[key] >= most for key, most in places.items()):
            return False
        self._taken.update(places.keys())
        self._holders[holder] = tuple(places)
        return True

    def _give_back(self, keys: tuple[str, ...]) -> None:
        self._taken.subtract(keys)
        for key in keys:
            if not self._taken[key]:
                del self._taken[key]

    # Refusals

    @contextmanager
    def counting(self, address: str) -> Iterator[None]:
        """Counts the request that the block makes, if it is refused.

        Where too many of the address were refused before, it raises `RateLimited` instead of the refusal. What is
        right is let through, whatever others did from there.
        """
        try:
            yield
        except RateLimited:  # which says how long that takes
            self.count_refusal(address)
            raise
        except DomainError as error:
            if not error.retryable:
                self.refuse(address)
            raise

    def refuse(self, address: str) -> None:
        """Counts a request that is refused. Raises `RateLimited`, and counts nothing, if too many were before."""
        self.require_few_refusals(address)
        self.count_refusal(address)

    def count_refusal(self, address: str) -> None:
        """Counts a request that was refused."""
        if self._bounds is None:
            return
        now = self._clock()
        for network in counted_networks(address):
            self._bucket(network, self._bounds, now).take(now)
        while len(self._refusals) > BUCKET_LIMIT:
            del self._refusals[next(iter(self._refusals))]

    def require_few_refusals(self, address: str) -> None:
        """Raises `RateLimited` if this address has had too many requests refused."""
        now = self._clock()
        for network in counted_networks(address) if self._refusals else ():
            bucket = self._refusals.get(network.key)
            if bucket is not None and (seconds := bucket.wait(now)) > 0:
                raise RateLimited(max(round(seconds), 1), "Too many requests of this address were refused")

    def _bucket(self, network: CountedNetwork, bounds: StrangerBounds, now: float) -> TokenBucket:
        """The bucket of a network, from now on the youngest."""
        rate, burst = bounds.refusals_per_second * network.times, bounds.refusals * network.times
        bucket = self._refusals.pop(network.key, None) or TokenBucket(rate, burst, burst, now)
        self._refusals[network.key] = bucket
        return bucket
