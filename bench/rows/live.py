"""What goes over sockets: fan-out, durable writes, latency, idle cost, and coming back."""

from functools import partial
from typing import Any

from bench.contenders import Contender, Machines
from bench.rows.row import Bar, Figures, Form, Judged, Row
from bench.seed import add_backlog
from bench.stage import client_for, drive, people

SOCKETS = ("ours", "node", "stock")
US, MS, PER_SECOND = 1e6, 1e3, "1/s"
SETTLE = 3.0  # seconds


def _health(told: dict[str, Any]) -> Figures:
    return {"client": told["client"], "stall": told["stall"] * MS}


async def fan_out(on: Machines, contender: Contender, form: Form, *, rate: int) -> Figures:
    """A signal from one device to the three others of its user, over Redis, without a database."""
    told = await drive(on, contender, 50, kind="typing", devices=4, rate=form.of(rate), measure=form.measure)
    return {"delivery": told["cpu"]["server"] / max(told["deliveries"], 1) * US, **_health(told)}


async def write(on: Machines, contender: Contender, form: Form, *, writers: int) -> Figures:
    told = await drive(on, contender, writers, kind="write", measure=form.measure)
    answers = max(told["answers"], 1)
    return {
        "rate": told["answers"] / told["wall"],
        "message": sum(told["cpu"].values()) / answers * US,
        **{name: seconds / answers * US for name, seconds in told["cpu"].items()},
        "p50": told["latencies"]["p50"] * MS,
        "p99": told["latencies"]["p99"] * MS,
        **_health(told),
    }


async def streams(on: Machines, contender: Contender, form: Form, *, replies: int) -> Figures:
    """Ours shows what grew within 40 ms as one: so it is told by the text how many deltas arrived."""
    users = form.of(replies)
    rate = users * 50.0
    told = await drive(on, contender, users, kind="stream", rate=rate, warm=1.5, measure=form.measure)
    cpu, deltas = told["cpu"], max(told["deltas"], 1)
    return {
        "delta": cpu["server"] / deltas * US,
        "whole": sum(cpu.values()) / deltas * US,
        "frame": cpu["server"] / max(told["deliveries"], 1) * US,
        "share": told["deltas"] / (3 * rate * told["wall"]),
        **_health(told),
    }


async def one_writer(on: Machines, contender: Contender, form: Form) -> Figures:
    told = await drive(on, contender, 1, kind="write", measure=form.measure)
    return {"p50": told["latencies"]["p50"] * MS, "p99": told["latencies"]["p99"] * MS, **_health(told)}


async def pace(on: Machines, contender: Contender, form: Form) -> Figures:
    """From the writer's send to the last of three receipts, on the client's clock."""
    told = await drive(
        on, contender, 50, kind="pace", rate=form.of(500), measure=form.measure, last_arrivals=True
    )
    offered = form.of(500) * told["wall"]
    return {
        "p50": told["last"]["p50"] * MS,
        "p99": told["last"]["p99"] * MS,
        "share": told["deliveries"] / 3 / offered,
        **_health(told),
    }


async def beat(on: Machines, contender: Contender, form: Form) -> Figures:
    """Every second an instance compares the users that it hosts with PostgreSQL."""
    users = form.of(10_000)
    told = await drive(on, contender, users, kind="idle", devices=1, warm=3.0, measure=form.measure * 2)
    scale = 10_000 / users / told["wall"] * MS
    cpu = told["cpu"]
    return {name: cpu[name] * scale for name in ("server", "postgresql")} | _health(told)


async def memory(on: Machines, contender: Contender, form: Form) -> Figures:
    told = await drive(on, contender, form.of(5_000), kind="idle", devices=1, settle=SETTLE, measure=1.0)
    return {"memory": told["memory"] / told["devices"] / 1024}


async def storm(on: Machines, contender: Contender, form: Form) -> Figures:
    """Ours is sent ten missed changes a device before it is live; the peers only connect."""
    count = form.of(5_000)
    accounts, since = await people(on, contender, count), None
    if contender.ours:
        async with on.database(contender) as connection:
            since = await add_backlog(connection, accounts, 10)
            await connection.execute("vacuum analyze")  # now, and not while the storm is measured
    async with on.serving(contender) as served:
        told = await client_for(
            on,
            contender,
            served,
            accounts,
            kind="idle",
            devices=1,
            settle=SETTLE,
            since=since,
            at_once=count,
            measure=0.5,
        )
    return {
        "live": told["connected"],
        "returns": told["returns"],
        **{n: c / count * US for n, c in told["connecting_cpu"].items()},
    }


async def elsewhere(on: Machines, contender: Contender, form: Form) -> Figures:
    """What a second instance does while users of the first one write 500 messages a second, beyond what it
    does at rest.
    """
    writers = await people(on, contender, 20)
    async with on.serving(contender) as served, on.serving(contender) as other:
        told: list[dict[str, Any]] = []
        sent = [await on.bytes_to(other)]
        for kind, rate in (("idle", 0.0), ("pace", 500.0)):
            watch = {"server": served.pid, "elsewhere": other.pid}
            told.append(
                await client_for(
                    on, contender, served, writers, watch=watch, kind=kind, rate=rate, measure=form.measure
                )
            )
            sent.append(await on.bytes_to(other))
    rest, busy = told
    written = max(busy["deliveries"] / 3, 1)
    return {
        "cpu": (busy["cpu"]["elsewhere"] - rest["cpu"]["elsewhere"]) / written * US,
        "bytes": (sent[2] - sent[1] - (sent[1] - sent[0])) / written,
    }


WRITE_UNITS = {
    "rate": PER_SECOND, "message": "µs CPU", "server": "µs CPU", "postgresql": "µs CPU", "redis": "µs CPU",
    "p50": "ms", "p99": "ms", "stall": "ms", "client": "cores",
}  # fmt: skip


def _fan_out_row(name: str, rate: int, judged: tuple[Judged, ...] = ()) -> Row:
    return Row(
        name,
        f"fan-out to three devices a user, {rate:,} signals a second: server CPU per delivery",
        SOCKETS,
        partial(fan_out, rate=rate),
        {"delivery": "µs CPU", "stall": "ms", "client": "cores"},
        (Bar("delivery", "at most", 0.6, "node"), Bar("delivery", "at most", 0.15, "stock")),
        judged=judged,
    )


def _write_row(writers: int, judged: tuple[Judged, ...] = ()) -> Row:
    return Row(
        f"write-{writers}",
        f"durable write, {writers} writers, three devices a user",
        SOCKETS,
        partial(write, writers=writers),
        WRITE_UNITS,
        (
            Bar("rate", "at least", 5.0, "node"),
            Bar("rate", "at least", 10.0, "stock"),
            Bar("message", "at most", 0.2, "node"),
        ),
        judged=judged,
    )


def _streams_row(name: str, replies: int, bars: tuple[Bar, ...], rounds: int | None = None) -> Row:
    return Row(
        name,
        f"{replies} replies streaming at once, 50 deltas a second each, to three devices each",
        SOCKETS,
        partial(streams, replies=replies),
        {
            "delta": "µs CPU", "whole": "µs CPU, database and Redis too", "frame": "µs CPU",
            "share": "of offered", "stall": "ms", "client": "cores",
        },
        bars,
        rounds,
    )  # fmt: skip


LIVE = [
    _fan_out_row("fan-out", 600, (Judged("delivery", "µs CPU"),)),
    _fan_out_row("fan-out-busy", 3_000),
    _write_row(64, (Judged("message", "µs CPU"), Judged("rate", PER_SECOND, "more"))),
    _write_row(256),
    Row(
        "one-writer", "one writer, idle system: time to acknowledgement", SOCKETS, one_writer,
        {"p50": "ms", "p99": "ms", "client": "cores"}, (Bar("p50", "at most", 1.0, "node"),),
    ),
    Row(
        "pace-500", "500 writes a second offered: send to the last device's receipt", SOCKETS, pace,
        {"p50": "ms", "p99": "ms", "share": "of offered", "stall": "ms", "client": "cores"},
        (Bar("p99", "at most", 0.5, "node"),),
    ),
    _streams_row(
        "streams", 200, (Bar("delta", "at most", 1.0, "node"), Bar("delta", "at most", 1.0, "stock"))
    ),
    _streams_row("streams-20", 20, (Bar("delta", "at most", 1.0, "stock"),), rounds=3),
    Row(
        "beat", "the beat: CPU a second per 10,000 hosted users", ("ours",), beat,
        {"server": "ms CPU", "postgresql": "ms CPU", "stall": "ms"},
        (Bar("postgresql", "at most", 30.0),), rounds=3,
    ),
    Row(
        "memory", "resident memory per idle connection, 5,000 connections", SOCKETS, memory,
        {"memory": "KiB"}, (Bar("memory", "at most", 1.0, "node"),), rounds=3,
        judged=(Judged("memory", "KiB"),),
    ),
    Row(
        "storm", "5,000 devices return at once, ours with ten missed changes each: time until all are live",
        SOCKETS, storm,
        {"live": "s", "returns": "repeated", "server": "µs CPU", "postgresql": "µs CPU"},
        (Bar("live", "at most", 1.0, "node"),),
    ),
    Row(
        "elsewhere", "a message on an instance that hosts none of its user's devices", ("ours",), elsewhere,
        {"cpu": "µs CPU", "bytes": "bytes from Redis"},
        # A tick of the operating system's accounting is 5 µs a message here.
        (Bar("cpu", "at most", 10.0), Bar("bytes", "at most", 1.0)), rounds=3,
    ),
]  # fmt: skip
