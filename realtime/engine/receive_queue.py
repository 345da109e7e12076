"""What came in and waits for its turn: bounded, strictly in order, one task only while there is work."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

MessageData = str | bytes
RECEIVE_QUEUE_LIMIT: Final = 256
"""Packets that may wait on one connection before it is not read any more."""


class ReceiveQueue:
    """Messages of one connection, handled one after the other by `handle`, which must not raise.

    put() never blocks and always takes the message: whoever reads the connection must stop while `full`, and
    may go on when `on_not_full` is called. So it holds at most its bounds plus what one read or one request
    carried.
    """

    __slots__ = ("_bytes", "_handle", "_items", "_limit", "_on_not_full", "_task", "_waiters")

    def __init__(
        self, limit: int, handle: Callable[[MessageData], Awaitable[None]], on_not_full: Callable[[], None]
    ) -> None:
        self._limit = limit
        self._handle = handle
        self._on_not_full = on_not_full
        self._items: deque[MessageData] | None = None  # an empty one takes more memory than all the rest here
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def full(self) -> bool:
        return self._bytes >= self._limit or len(self._items or ()) >= RECEIVE_QUEUE_LIMIT

    def put(self, message: MessageData) -> None:
        if self._items is None:
            self._items = deque()
        self._items.append(message)
        self._bytes += len(message)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def close(self) -> list[MessageData]:
        """Drop what has not begun, and return it. What is being handled goes on to its end.

        The owner is let go of too, so that it needs no collector to be freed.
        """
        dropped = list(self._items or ())
        self._items = None
        self._bytes = 0
        self._announce_not_full()
        self._handle, self._on_not_full = _discard, _do_nothing
        return dropped

    async def wait_not_full(self) -> None:
        """Returns when not `full`. Cancelling it changes nothing."""
        while self.full:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter

    async def _run(self) -> None:
        try:
            while self._items:
                was_full = self.full
                message = self._items.popleft()
                self._bytes -= len(message)
                if was_full and not self.full:
                    self._announce_not_full()
                await self._handle(message)
        finally:
            self._task = self._items = None

    def _announce_not_full(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._on_not_full()


async def _discard(message: MessageData) -> None:
    """Of a closed connection, nothing is handled."""


def _do_nothing() -> None:
    """Of a closed connection, nobody reads."""
