"""What came in and waits for its turn: bounded, strictly in order, one task only while there is work."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

Message = str | bytes
PACKETS: Final = 256
"""Packets that may wait on one connection before it is not read any more."""


class Mailbox:
    """Messages of one connection, handled one after the other by `handle`, which must not raise.

    put() never blocks and always takes the message: whoever reads the connection must stop while `full`, and
    may go on when `on_room` is called. So it holds at most its bounds plus what one read or one request
    carried.
    """

    __slots__ = ("_bytes", "_handle", "_items", "_limit", "_on_room", "_task", "_waiters")

    def __init__(
        self, limit: int, handle: Callable[[Message], Awaitable[None]], on_room: Callable[[], None]
    ) -> None:
        self._limit = limit
        self._handle = handle
        self._on_room = on_room
        self._items: deque[Message] | None = None  # an empty one takes more memory than all the rest here
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def full(self) -> bool:
        return self._bytes >= self._limit or len(self._items or ()) >= PACKETS

    def put(self, message: Message) -> None:
        if self._items is None:
            self._items = deque()
        self._items.append(message)
        self._bytes += len(message)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def close(self) -> list[Message]:
        """Drop what has not begun, and return it. What is being handled goes on to its end.

        The owner is let go of too, so that it needs no collector to be freed.
        """
        dropped = list(self._items or ())
        self._items = None
        self._bytes = 0
        self._announce_room()
        self._handle, self._on_room = _refuse, _stay_silent
        return dropped

    async def room(self) -> None:
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
                    self._announce_room()
                await self._handle(message)
        finally:
            self._task = self._items = None

    def _announce_room(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._on_room()


async def _refuse(message: Message) -> None:
    """Of a closed connection, nothing is handled."""


def _stay_silent() -> None:
    """Of a closed connection, nobody reads."""
