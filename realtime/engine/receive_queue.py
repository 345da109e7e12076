"""The queue of received messages: bounded, in strict order, with a task only while it is not empty."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

MessageData = str | bytes
"""The data of an Engine.IO message: text, or a binary message."""

RECEIVE_QUEUE_LIMIT: Final = 256
"""Messages that may wait on one connection before it is not read any more."""
MESSAGES_PER_TURN: Final = 8
"""Messages of one connection that are handled before the event loop goes on with others, if none of them waits: some
half a millisecond of events that are refused. A user may have a hundred connections, which all have their turn."""


class ReceiveQueue:
    """Messages of one connection, awaited one after the other by `handle`, which must not raise.

    put() never blocks and always takes the message. The reader of the connection must stop while the queue is
    `full`, and may go on when `on_not_full` is called. So the queue holds at most `limit` bytes, which may be
    changed, or RECEIVE_QUEUE_LIMIT messages, plus those of one read or one request.
    """

    __slots__ = ("_bytes", "_handle", "_items", "_on_not_full", "_task", "_waiters", "limit")

    def __init__(
        self, limit: int, handle: Callable[[MessageData], Awaitable[None]], on_not_full: Callable[[], None]
    ) -> None:
        self.limit = limit
        self._handle = handle
        self._on_not_full = on_not_full
        self._items: deque[MessageData] | None = None  # an empty one takes more memory than all the rest here
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return self._bytes

    @property
    def full(self) -> bool:
        """Whether so much waits that the connection must not be read."""
        return self._bytes >= self.limit or len(self._items or ()) >= RECEIVE_QUEUE_LIMIT

    def put(self, message: MessageData) -> None:
        """Adds a message behind those that wait. Must not be called after close()."""
        if self._items is None:
            self._items = deque()
        self._items.append(message)
        self._bytes += len(message)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def close(self) -> list[MessageData]:
        """Removes the messages that wait, and returns them. The one that is handled goes on to its end."""
        dropped = list(self._items or ())
        self._items = None
        self._bytes = 0
        self._announce_not_full()
        # No reference to the connection stays, so that it is freed without the garbage collector.
        self._handle, self._on_not_full = _discard, _do_nothing
        return dropped

    async def wait_not_full(self) -> None:
        """Returns when the queue is not full. Cancelling it changes nothing."""
        while self.full:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter

    async def _run(self) -> None:
        handled = 0
        try:
            while self._items:
                was_full = self.full
                message = self._items.popleft()
                self._bytes -= len(message)
                if was_full and not self.full:
                    self._announce_not_full()
                await self._handle(message)
                handled += 1
                if handled % MESSAGES_PER_TURN == 0:
                    await asyncio.sleep(0)
        finally:
            self._task = self._items = None

    def _announce_not_full(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._on_not_full()


async def _discard(message: MessageData) -> None:
    """Handles a message of a closed connection: not at all."""


def _do_nothing() -> None:
    """Stands for the callback of a closed connection, which has no reader any more."""
