"""Waiting for an outgoing buffer to shrink, for several callers with a threshold each."""

import asyncio


class Drain:
    """The waiters of one buffer. The owner of the buffer calls `check` whenever it has shrunk."""

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []

    @property
    def threshold(self) -> int | None:
        """The number of buffered bytes at which the next waiter is done; None if there is no waiter."""
        return max((below for below, waiter in self._waiters if not waiter.done()), default=None)

    def add(self, below: int) -> asyncio.Future[None]:
        """Returns a future that is done when at most `below` bytes are buffered. It may be cancelled."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append((below, waiter))
        return waiter

    def check(self, buffered: int) -> None:
        """Wakes the waiters whose threshold `buffered` bytes do not exceed, and forgets the cancelled."""
        waiting = []
        for below, waiter in self._waiters:
            if waiter.done():
                continue
            if buffered <= below:
                waiter.set_result(None)
            else:
                waiting.append((below, waiter))
        self._waiters = waiting
