"""A fair queue: few places for what is heavy, given in turn to those who wait, however much one of them asks for.

Turns go round the shares, such as addresses or users, and within the turn of a share round its members, such as the
accounts that sign in from one address. Within a member it is first come, first served.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bitworks.core.errors import Overloaded, RateLimited


@dataclass(frozen=True, slots=True)
class QueueBounds:
    """How much one queue takes."""

    places: int
    """Calls under way at once, of all shares."""
    places_of_share: int
    """Calls under way at once, of one share."""
    waiting: int
    """Calls that wait for a place, of all shares."""
    waiting_of_share: int
    """Calls that wait for a place, of one share."""
    retry_after: int
    """Seconds after which a refused call is asked to try again."""


@dataclass(slots=True, eq=False)
class _Waiter:
    share: str
    member: str
    number: int
    """The order of arrival."""
    outcome: "asyncio.Future[bool]"
    """True: it was given a place. False: it had to make room for another share."""


class FairQueue:
    """Gives places in turn. Must be used in the event loop. A share that has no call here takes no memory."""

    def __init__(self, bounds: QueueBounds) -> None:
        self._bounds = bounds
        self._busy: Counter[str] = Counter()
        self._waiting: list[_Waiter] = []
        # When each share, and each member of it, had its last turn, or began to wait if it had none since.
        self._turns: dict[tuple[str, ...], int] = {}
        self._numbers = itertools.count()

    @asynccontextmanager
    async def place(self, share: str, member: str = "") -> AsyncIterator[None]:
        """Holds a place for as long as the block runs, after having waited for the turn of the share and the member.

        Raises `RateLimited` if too many calls of the share wait already, `Overloaded` if too many of all do: then of
        the share that has most waiting. Cancelling it loses no place.
        """
        await self._enter(share, member)
        try:
            yield
        finally:
            self._leave(share)

    async def _enter(self, share: str, member: str) -> None:
        # Whoever waits, waits for a place that is not free to them: so no one is overtaken here.
        if self._is_free(share):
            self._busy[share] += 1
            return
        self._make_room(share)
        waiter = _Waiter(share, member, next(self._numbers), asyncio.get_running_loop().create_future())
        self._add(waiter)
        try:
            has_place = await waiter.outcome
        except BaseException:
            self._give_up(waiter)
            raise
        if not has_place:
            raise Overloaded(self._bounds.retry_after)

    def _leave(self, share: str) -> None:
        self._busy[share] -= 1
        if not self._busy[share]:
            del self._busy[share]
        while (waiter := self._next()) is not None:
            self._busy[waiter.share] += 1
            self._end_turn(waiter)
            waiter.outcome.set_result(True)

    def _is_free(self, share: str) -> bool:
        return self._busy.total() < self._bounds.places and self._busy[share] < self._bounds.places_of_share

    def _next(self) -> _Waiter | None:
        """The waiter whose turn it is; None where no place is free to any."""
        # One that was cancelled stands in the list until its task has noticed.
        free = (one for one in self._waiting if not one.outcome.done() and self._is_free(one.share))
        return min(free, key=self._turn, default=None)

    def _turn(self, waiter: _Waiter) -> tuple[int, int, int, int]:
        of_share, of_member = self._turns[waiter.share,], self._turns[waiter.share, waiter.member]
        # Who has nothing yet goes before who has places and wants more.
        return self._busy[waiter.share], of_share, of_member, waiter.number

    def _make_room(self, share: str) -> None:
        """Raises `RateLimited` or `Overloaded`, unless the share may wait; for that another may have to give way."""
        if not self._waiting:
            return
        waiting = Counter(waiter.share for waiter in self._waiting)
        if waiting[share] >= self._bounds.waiting_of_share:
            raise RateLimited(self._bounds.retry_after, "Too many requests at once")
        if len(self._waiting) < self._bounds.waiting:
            return
        greatest, count = waiting.most_common(1)[0]
        if count <= waiting[share] + 1:
            raise Overloaded(self._bounds.retry_after)
        newest = max((one for one in self._waiting if one.share == greatest), key=lambda one: one.number)
        self._remove(newest)
        if not newest.outcome.done():
            newest.outcome.set_result(False)

    def _add(self, waiter: _Waiter) -> None:
        self._waiting.append(waiter)
        for key in _keys(waiter):
            self._turns.setdefault(key, waiter.number)

    def _end_turn(self, waiter: _Waiter) -> None:
        """Takes a waiter out, and puts its share and its member behind the others."""
        self._remove(waiter)
        for key in _keys(waiter):
            if key in self._turns:
                self._turns[key] = next(self._numbers)

    def _remove(self, waiter: _Waiter) -> None:
        """Takes a waiter out, and forgets its share and its member where none of them waits any more."""
        self._waiting.remove(waiter)
        left = {key for one in self._waiting if one.share == waiter.share for key in _keys(one)}
        for key in _keys(waiter):
            if key not in left:
                del self._turns[key]

    def _give_up(self, waiter: _Waiter) -> None:
        """Passes on what a waiter was given in the iteration of the loop in which it was cancelled."""
        if waiter in self._waiting:
            self._remove(waiter)
        elif waiter.outcome.done() and not waiter.outcome.cancelled() and waiter.outcome.result():
            self._leave(waiter.share)


def _keys(waiter: _Waiter) -> tuple[tuple[str, ...], ...]:
    return (waiter.share,), (waiter.share, waiter.member)
