"""Waiting for an outgoing buffer to shrink, by several callers with thresholds of their own."""

import asyncio


class Drain:
    """The waiters of one buffer. Its owner calls `check` whenever the buffer shrank."""

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []

    @property
    def threshold(self) -> int | None:
        """The fill at which the next waiter is to be woken; None if nobody waits."""
        return max((below for below, waiter in self._waiters if not waiter.done()), default=None)

    def add(self, below: int) -> asyncio.Future[None]:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append((below, waiter))
        return waiter

    def check(self, buffered: int) -> None:
        waiting = []
        for below, waiter in self._waiters:
            if waiter.done():
                continue
            if buffered <= below:
                waiter.set_result(None)
            else:
                waiting.append((below, waiter))
        self._waiters = waiting
