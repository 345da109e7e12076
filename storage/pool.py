"""A pool of connections that acquires and releases without making a task.

asyncpg's own makes one for every release, and for every acquisition with a timeout: 40 µs of a request that
takes 300.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType

import asyncpg

Connect = Callable[[], Awaitable[asyncpg.Connection]]
"""Opens one connection; raises any error of the driver."""

ACQUIRE_TIMEOUT = 10.0
"""Seconds to wait for a busy connection to be released; then the request fails, and may be tried again."""
IDLE_LIMIT = 300.0
"""Seconds after which an unused connection is replaced: the network may have dropped it silently."""
CLOSE_TIMEOUT = 5.0
"""Seconds to wait for the server when a connection is closed."""


class PoolBusy(TimeoutError):
    """No connection was released in time."""


class Pool:
    """At most `size` connections, opened when they are needed; the one that was used last is used next.

    A connection must be released as it was acquired: no `set`, no `listen`, no open transaction. One that is
    closed meanwhile leaves the pool. `acquire_timeout` and `idle_limit` are seconds, as the constants above.
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
        # Connections that may still be opened: `size` less those that are busy or idle.
        self._openable = size
        # Each with the time.monotonic() of its release; the last is the one released last.
        self._idle: list[tuple[asyncpg.Connection, float]] = []
        # In the order of the calls. The result is a connection, or None: a new one may be opened.
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._busy = 0
        self._all_released = asyncio.Event()

    def connection(self) -> "Checkout":
        """Returns what `async with` enters to acquire a connection and leaves to release it.

        Entering raises PoolBusy if none becomes free within `acquire_timeout`, or any error of opening
        one. If the block is cancelled, times out or leaves a transaction open, the connection is closed.
        """
        return Checkout(self)

    async def acquire(self) -> asyncpg.Connection:
        """Acquires a connection; those who wait are served in the order of their calls.

        Pair each call that returns with one of `release`. Raises PoolBusy after `acquire_timeout`, or any
        error of opening a connection. Cancelling it loses no connection.
        """
        # A waiter to which the right to open was handed goes round once more, since another caller may have
        # used that right in between.
        while True:
            if (idle := self._take_idle()) is not None:
                return idle
            if self._openable:
                return await self._open()
            if (handed_over := await self._wait()) is not None:
                return handed_over

    def release(self, connection: asyncpg.Connection) -> None:
        """Hands the connection to the caller that has waited longest, or keeps it for the next one."""
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
        """Waits until every connection is released, and closes them. Nothing may be acquired after it."""
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
        """Closes the connection that is idle for longest, if it is for too long.

        One for each release is enough: only what is not needed at the present load grows stale.
        """
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
        """Waits for the next connection that is released; None: a new one may be opened."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self._acquire_timeout):
                return await waiter
        except BaseException as error:
            # Cancelled in the same iteration of the loop in which it was served.
            if waiter.done() and not waiter.cancelled():
                self._return_late(waiter.result())
            if isinstance(error, TimeoutError):
                raise PoolBusy from None
            raise

    def _return_late(self, connection: asyncpg.Connection | None) -> None:
        """Passes on what was handed to a waiter that was cancelled."""
        if connection is not None:
            self.release(connection)
        else:
            self._hand_over(None)

    def _hand_over(self, connection: asyncpg.Connection | None) -> bool:
        """Gives `connection`, or the right to open one, to the first waiter; False: there is none."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                self._busy += connection is not None
                waiter.set_result(connection)
                return True
        return False


class Checkout:
    """One connection of a pool, in use for as long as the block runs. For one `async with` only."""

    # Not a generator with @asynccontextmanager: this is on the path of every query.
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
