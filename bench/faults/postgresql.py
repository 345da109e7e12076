"""PostgreSQL fails: writes wait or are answered `unavailable`, and repeated with the same id."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from bench.faults.bars import Bar
from bench.faults.cluster import MAX_CONNECTIONS
from bench.faults.stage import Fault, Stage

AWAY = Bar(load=False)
CUT = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bitworks'"


async def restarted(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken():
        await stage.cluster.postgresql.stop()
        await stage.cluster.postgresql.start()


async def killed(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken():
        await stage.cluster.postgresql.kill()
        await stage.cluster.postgresql.start()


async def down(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken():
        await stage.cluster.postgresql.stop()
        await stage.hold()
        await stage.cluster.postgresql.start()


async def connections_cut(stage: Stage) -> None:
    """Every connection of the instances is ended, again and again."""
    await stage.warm()
    async with stage.broken(), _connection(stage) as connection:
        for _ in range(int(stage.form.hold * 2)):
            await connection.execute(CUT)
            await asyncio.sleep(0.5)


async def out_of_connections(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken(), _connection(stage) as connection:
        hoard: list[asyncpg.Connection] = []
        try:
            await _hoard(stage, connection, hoard)
            await stage.hold()
        finally:
            for one in hoard:
                one.terminate()


async def _hoard(stage: Stage, connection: asyncpg.Connection, hoard: list[asyncpg.Connection]) -> None:
    """Takes every connection that there is, from the instances too."""
    for _ in range(5):
        await connection.execute(CUT)
        with suppress(asyncpg.TooManyConnectionsError):
            while len(hoard) < MAX_CONNECTIONS:
                hoard.append(await asyncpg.connect(stage.cluster.postgresql.url))
    stage.figures["connections left to the instances"] = MAX_CONNECTIONS - 1 - len(hoard)


@asynccontextmanager
async def _connection(stage: Stage) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stage.cluster.postgresql.url)
    try:
        yield connection
    finally:
        await connection.close()


FAULTS = [
    Fault("postgresql-restarted", "PostgreSQL restarted (fast)", restarted, AWAY),
    Fault("postgresql-killed", "PostgreSQL killed (SIGKILL), started again", killed, AWAY),
    Fault("postgresql-down", "PostgreSQL down for a while", down, AWAY),
    Fault("postgresql-cut", "all connections ended, twice a second", connections_cut, AWAY),
    Fault("postgresql-full", "no connection left for the instances", out_of_connections, AWAY),
]
