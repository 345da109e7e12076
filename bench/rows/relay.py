"""What telling RabbitMQ of everything takes: how fast, how soon, and what it costs those who write."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aio_pika
import asyncpg

from bench.accounting import usage
from bench.contenders import Contender, Machines
from bench.faults.cluster import PROGRAM
from bench.faults.mirror import watching
from bench.plan import percentiles
from bench.rabbitmq import RabbitMQ, running_rabbitmq
from bench.rows.row import Bar, Figures, Form, Row
from bench.seed import add_backlog
from bench.stage import client_for, people
from bench.wire import Account
from bitworks.amqp.topology import EVENTS
from bitworks.features.relay.relay import NAME

US, MS = 1e6, 1e3
PATIENCE = 120.0  # seconds
BACKLOG, USERS = 100_000, 200
RATE = 500.0
WRITERS = 64
WARM = 1.0  # seconds
LOADING = 2.0  # seconds in which a server that has just started loads what it needs, and that are not counted
MARK = "bench-relay"  # how the backends of the relay are called


@asynccontextmanager
async def _relay(on: Machines, contender: Contender, broker: RabbitMQ) -> AsyncIterator[int]:
    """A relay in a process of its own, which has told all that there is. Gives its number."""
    url = f"{on.database_url(contender)}&application_name={MARK}"
    environment = {**on.environment(contender, 0), "DATABASE_URL": url, "AMQP_URL": broker.url}
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "relay", env={**os.environ, **environment}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.kill()
        await process.wait()


async def _until_told(connection: asyncpg.Connection) -> None:
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval(  # noqa: ASYNC110 - another process tells it
            "select exists (select 1 from heads h left join followed f on f.user_id = h.user_id"
            " where f.revision is distinct from h.revision)"
        ):
            await asyncio.sleep(0.02)


async def _forget(connection: asyncpg.Connection) -> None:
    """As `bitworks followers forget`, so that the next round begins anew."""
    for table, column in (("followers", "name"), ("followers_due", "follower"), ("followed", "follower")):
        await connection.execute(f"delete from {table} where {column} = $1", NAME)  # noqa: S608 - our own names


async def _take_for_told(connection: asyncpg.Connection) -> None:
    """Has the relay begin with what comes."""
    epoch = await connection.fetchval("select id from epoch")
    await connection.execute("insert into followers (name, epoch) values ($1, $2)", NAME, epoch)
    await connection.execute(
        "insert into followed (user_id, follower, epoch, revision) select user_id, $1, $2, revision from heads",
        NAME,
        epoch,
    )


async def backlog(on: Machines, contender: Contender, form: Form) -> Figures:
    """One relay tells of what was written while there was none."""
    users = form.of(USERS)
    each = max(form.of(BACKLOG) // users, 1)
    async with on.database(contender) as connection, running_rabbitmq() as broker:
        await _take_for_told(connection)
        try:
            await add_backlog(connection, await people(on, contender, users), each)
            await connection.execute("vacuum analyze")
            async with _queue(broker) as queue, _relay(on, contender, broker):
                return {"rate": users * each / await _filled(queue, users * each)}
        finally:
            await _forget(connection)


@asynccontextmanager
async def _queue(broker: RabbitMQ) -> AsyncIterator[aio_pika.abc.AbstractQueue]:
    """A quorum queue of all events that nobody reads meanwhile: what that costs would be measured too."""
    connection = await aio_pika.connect(broker.url)
    async with connection, connection.channel() as channel:
        exchange = await channel.declare_exchange(EVENTS, "topic", durable=True)
        queue = await channel.declare_queue("backlog", durable=True, arguments={"x-queue-type": "quorum"})
        await queue.bind(exchange, "#")
        yield queue


async def _filled(queue: aio_pika.abc.AbstractQueue, count: int) -> float:
    """Seconds from the first event in the queue until there are so many."""
    began = 0.0
    async with asyncio.timeout(PATIENCE):
        while (there := (await queue.declare()).message_count or 0) < count:
            began = began or (time.monotonic() if there else 0.0)
            await asyncio.sleep(0.05)
    return time.monotonic() - began


async def soon(on: Machines, contender: Contender, form: Form) -> Figures:
    """From the time of a write to its event at a consumer, who is told by the server's own relay."""
    accounts = await people(on, contender, 50)
    async with on.database(contender) as connection, running_rabbitmq() as broker:
        await _take_for_told(connection)
        try:
            async with watching(broker.url) as watcher, on.serving(contender, AMQP_URL=broker.url) as served:
                rate, measure = max(RATE * form.share, 20.0), form.measure + LOADING
                told = await client_for(
                    on, contender, served, accounts, kind="pace", rate=rate, measure=measure
                )
                began = watcher.lags[0][0]
                lags = percentiles([lag for came, lag in watcher.lags if came > began + LOADING])
                return {"p50": lags["p50"] * MS, "p99": lags["p99"] * MS, "client": told["client"]}
        finally:
            await _forget(connection)


async def beside(on: Machines, contender: Contender, form: Form) -> Figures:
    """What a write costs with a relay of its own at work, which is not counted, and without.

    Whatever is at work beside it makes a write dearer, since cores share their caches. So the cost without is taken
    beside a program that takes as much of the cores as broker, relay and consumer did; `alone` beside nothing.
    """
    accounts = await people(on, contender, WRITERS)
    async with on.database(contender) as connection:
        alone = await _cost(on, contender, form, accounts, connection)
        async with running_rabbitmq() as broker:
            await _take_for_told(connection)
            try:
                async with watching(broker.url), _relay(on, contender, broker) as relay:
                    others = [relay, broker.pid]
                    told = await _cost(on, contender, form, accounts, connection, broker, others)
                    await _until_told(connection)
            finally:
                await _forget(connection)
        async with _burning(told.beside):
            without = await _cost(on, contender, form, accounts, connection)
    return {
        "alone": alone.write, "without": without.write, "with": told.write,
        "more": told.write / without.write, "beside": told.beside,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """`write`: CPU of server and PostgreSQL for one message, in microseconds, without the backends of the relay;
    `beside`: the cores that these, and whatever else belongs to the relay, took meanwhile.
    """

    write: float
    beside: float


async def _cost(
    on: Machines,
    contender: Contender,
    form: Form,
    accounts: list[Account],
    connection: asyncpg.Connection,
    broker: RabbitMQ | None = None,
    others: Sequence[int] = (),
) -> Cost:
    settings = {} if broker is None else {"AMQP_URL": broker.url, "AMQP_RELAY": "off"}
    async with on.serving(contender, **settings) as served:
        before, began = await _taken(connection, others), time.monotonic()
        told = await client_for(
            on, contender, served, accounts, kind="write", warm=WARM, measure=form.measure * 2
        )
        taken = [now - then for now, then in zip(await _taken(connection, others), before, strict=True)]
        # It works while there are writes: in the measured time, and in the warming before.
        relay = taken[0] * told["wall"] / (told["wall"] + WARM) if others else 0.0
        writes = (told["cpu"]["server"] + told["cpu"]["postgresql"] - relay) / max(told["answers"], 1)
        return Cost(writes * US, sum(taken) / (time.monotonic() - began))


async def _taken(connection: asyncpg.Connection, others: Sequence[int]) -> list[float]:
    """CPU seconds so far: of the backends of the relay, of other processes, and of the consumer, which is this one."""
    rows = await connection.fetch("select pid from pg_stat_activity where application_name = $1", MARK)
    backends = sum(usage({str(row["pid"]): row["pid"] for row in rows}).values())
    return [backends, sum(usage({str(pid): pid for pid in others}).values()), time.process_time()]


BURN = """
import sys, time
began, share = time.monotonic(), float(sys.argv[1])
while True:
    if time.process_time() < share * (time.monotonic() - began):
        sum(range(20_000))
    else:
        time.sleep(0.001)
"""


@asynccontextmanager
async def _burning(cores: float) -> AsyncIterator[None]:
    """Takes so much of the cores, in as many processes as there are cores."""
    count = os.cpu_count() or 1
    burning = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", BURN, str(cores / count))
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for one in burning:
            one.kill()
            await one.wait()


RELAY = [
    Row(
        "relay-backlog", "100,000 changes of 200 users through one relay, to a quorum queue",
        ("ours",), backlog, {"rate": "1/s"}, (Bar("rate", "at least", 5_000.0),), rounds=3,
    ),
    Row(
        "relay-500", "500 writes a second: from a commit to its event at a consumer", ("ours",), soon,
        {"p50": "ms", "p99": "ms", "client": "cores"}, (Bar("p50", "at most", 20.0),), rounds=3,
    ),
    Row(
        "relay-cost", "durable write, 64 writers, with a relay at work and without: CPU but the relay's",
        ("ours",), beside,
        {"alone": "µs CPU", "without": "µs CPU", "with": "µs CPU", "more": "times", "beside": "cores"},
        (Bar("more", "at most", 1.03),), rounds=5,
    ),
]  # fmt: skip
