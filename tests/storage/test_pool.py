"""Connections are shared, in turn, and a broken one fails only the request that holds it."""

import asyncio
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from bitworks.storage.pool import Pool

SIZE = 2


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = Pool(lambda: asyncpg.connect(database_url), SIZE)
    yield pool
    await pool.close()


async def backend(pool: Pool) -> int:
    async with pool.connection() as connection:
        return int(await connection.fetchval("select pg_backend_pid()"))


async def begun(pool: Pool, use: Callable[[asyncpg.Connection], object]) -> "asyncio.Task[None]":
    """Somebody who waits for a connection, and then uses it."""

    async def turn() -> None:
        async with pool.connection() as connection:
            use(connection)

    task = asyncio.create_task(turn())
    await asyncio.sleep(0)
    return task


async def test_the_connection_used_last_is_used_next(pool: Pool) -> None:
    async with pool.connection(), pool.connection() as last:
        pid = await last.fetchval("select pg_backend_pid()")
    # The blocks end in reverse: the first one entered is given back last.
    assert await backend(pool) == await backend(pool) != pid


async def test_who_waits_longest_is_served_first(pool: Pool) -> None:
    order: list[int] = []
    async with pool.connection(), pool.connection():
        waiting = [await begun(pool, lambda _, n=n: order.append(n)) for n in range(5)]  # type: ignore[misc]
        assert not order
    await asyncio.gather(*waiting)
    assert order == [0, 1, 2, 3, 4]


async def test_who_gives_up_waiting_passes_the_turn_on(pool: Pool) -> None:
    served = asyncio.Event()
    async with pool.connection(), pool.connection():
        impatient = await begun(pool, lambda _: pytest.fail("it gave up"))
        patient = await begun(pool, lambda _: served.set())
        impatient.cancel()
    await patient
    assert served.is_set()
    assert not pool._busy


async def test_a_turn_that_comes_too_late_is_passed_on(pool: Pool) -> None:
    served = asyncio.Event()
    async with pool.connection():
        async with pool.connection():
            late = await begun(pool, lambda _: pytest.fail("it was cancelled"))
            patient = await begun(pool, lambda _: served.set())
        late.cancel()  # the connection is its own already, and it has not run since
        await patient
    assert served.is_set()
    assert not pool._busy


async def test_nobody_waits_for_ever(database_url: str) -> None:
    pool = Pool(lambda: asyncpg.connect(database_url), SIZE, acquire_timeout=0.01)
    async with pool.connection(), pool.connection():
        with pytest.raises(TimeoutError):
            await backend(pool)
    assert await backend(pool)
    await pool.close()


async def test_a_connection_that_was_cut_is_replaced_for_those_who_wait(pool: Pool) -> None:
    async with pool.connection():
        async with pool.connection() as cut:
            waiting = asyncio.create_task(backend(pool))
            await asyncio.sleep(0)
            cut.terminate()
        assert await waiting


async def test_a_connection_cut_while_it_was_idle_is_replaced(pool: Pool) -> None:
    async with pool.connection() as connection:
        first = await connection.fetchval("select pg_backend_pid()")
    connection.terminate()
    assert await backend(pool) != first


async def test_a_connection_whose_statement_was_cancelled_is_not_used_again(pool: Pool) -> None:
    began = asyncio.Event()

    async def slow() -> None:
        async with pool.connection() as connection:
            began.set()
            await connection.execute("select pg_sleep(60)")

    before = await backend(pool)
    task = asyncio.create_task(slow())
    await began.wait()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert await backend(pool) != before


async def test_a_transaction_left_open_ends_with_its_connection(pool: Pool) -> None:
    async with pool.connection() as connection:
        await connection.execute("begin")
    assert connection.is_closed()
    assert await backend(pool)


async def test_a_server_that_cannot_be_reached_leaves_room_for_the_next_try(database_url: str) -> None:
    reachable = False

    async def connect() -> asyncpg.Connection:
        if not reachable:
            raise ConnectionRefusedError
        return await asyncpg.connect(database_url)

    pool = Pool(connect, SIZE)
    for _ in range(SIZE + 1):
        with pytest.raises(ConnectionRefusedError):
            await backend(pool)
    reachable = True
    assert await backend(pool)
    await pool.close()


async def test_what_has_been_idle_for_long_is_not_trusted(database_url: str) -> None:
    pool = Pool(lambda: asyncpg.connect(database_url), SIZE, idle_limit=0.0)
    assert await backend(pool) != await backend(pool)
    await pool.close()


async def test_closing_waits_for_what_is_under_way(pool: Pool) -> None:
    async with pool.connection() as connection:
        closing = asyncio.create_task(pool.close())
        await asyncio.sleep(0)
        assert await connection.fetchval("select 1") == 1
        assert not closing.done()
    await closing
    assert connection.is_closed()
