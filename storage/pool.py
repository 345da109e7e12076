"""A pool of connections that costs a query nothing but its turn.

The driver's own makes a task of every release, and of every acquisition with a timeout: 40 µs of a request
that takes 300.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType

import asyncpg

Connect = Callable[[], Awaitable[asyncpg.Connection]]

ACQUIRE_TIMEOUT = 10.0  # seconds: then every connection is busy, and the caller may try again
IDLE_LIMIT = 300.0  # seconds; what was silent for longer may have been dropped on the way
CLOSE_TIMEOUT = 5.0  # seconds


class Pool:
    """At most `size` connections, opened when they are needed; the one that was used last is used next.

    `connect` may raise whatever the driver does. A connection must be given back as it was taken, outside
    of a transaction; one that is closed meanwhile is forgotten.
    """

    def __init__(
        self,
        connect: Connect,
        size: int,
        *,
        acquire_timeout: float = ACQUIRE_TIMEOUT,
        idle_limit: float = IDLE_LIMIT,
    ) -> None:
        self._connect = connect
        self._acquire_timeout = acquire_timeout
        self._idle_limit = idle_limit
        self._openable = size
        self._idle: list[tuple[asyncpg.Connection, float]] = []
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._busy = 0
        self._all_released = asyncio.Event()

    def connection(self) -> "Checkout":
        """For `async with`. Raises TimeoutError if none becomes free within `acquire_timeout`.

        If the block is cancelled, times out, or leaves a transaction open, the connection is closed.
        """
        return Checkout(self)

    async def acquire(self) -> asyncpg.Connection:
        """In waiter with all who wait. Pair it with one `release`; cancelling it passes the turn on."""
        while True:
            if (idle := self._take_idle()) is not None:
                return idle
            if self._openable:
                return await self._open()
            if (handed_over := await self._wait()) is not None:
                return handed_over

    def release(self, connection: asyncpg.Connection) -> None:
        """Hands it to whoever has waited longest."""
        self._busy -= 1
        if connection.is_closed():
            self._openable += 1
            self._hand_over(None)
        elif not self._hand_over(connection):
            self._idle.append((connection, time.monotonic()))
            self._close_stale()
        if not self._busy:
            self._all_released.set()

    async def close(self) -> None:
        """Waits for what is under way, and closes all."""
        while self._busy:
            self._all_released.clear()
            await self._all_released.wait()
        idle, self._idle = self._idle, []
        self._openable += len(idle)
        await asyncio.gather(*(one.close(timeout=CLOSE_TIMEOUT) for one, _ in idle), return_exceptions=True)

    def _take_idle(self) -> asyncpg.Connection | None:
        while self._idle:
            connection, since = self._idle.pop()
            if not connection.is_closed() and time.monotonic() - since < self._idle_limit:
                self._busy += 1
                return connection
            self._terminate(connection)
        return None

    def _close_stale(self) -> None:
        """The first of the list was used longest ago."""
        connection, since = self._idle[0]
        if connection.is_closed() or time.monotonic() - since > self._idle_limit:
            del self._idle[0]
            self._terminate(connection)

    def _terminate(self, connection: asyncpg.Connection) -> None:
        connection.terminate()
        self._openable += 1

    async def _open(self) -> asyncpg.Connection:
        self._openable -= 1
        self._busy += 1
        try:
            return await self._connect()
        except BaseException:
            self._busy -= 1
            self._openable += 1
            self._hand_over(None)
            raise

    async def _wait(self) -> asyncpg.Connection | None:
        """The next connection that is given back; None: there is room for a new one."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self._acquire_timeout):
                return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():
                self._return_late(waiter.result())
            raise

    def _return_late(self, connection: asyncpg.Connection | None) -> None:
        """It was handed over too late."""
        if connection is not None:
            self.release(connection)
        else:
            self._hand_over(None)

    def _hand_over(self, connection: asyncpg.Connection | None) -> bool:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                self._busy += connection is not None
                waiter.set_result(connection)
                return True
        return False


class Checkout:
    """Checks a connection out for as long as the block runs."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> asyncpg.Connection:
        self._connection = await self._pool.acquire()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection = self._connection
        cut_short = isinstance(error, asyncio.CancelledError | TimeoutError)
        if not connection.is_closed() and (cut_short or connection.is_in_transaction()):
            connection.terminate()  # a statement may still be under way on it
        self._pool.release(connection)
