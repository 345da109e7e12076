"""All faults, one after the other, each on fresh instances and with fresh users."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bench.faults import broker, devices, instances, one_user, postgresql, redis, strangers, streams
from bench.faults.bars import MEGABYTE, Outcome, over
from bench.faults.cluster import Cluster, Machines
from bench.faults.form import FULL, Form
from bench.faults.ledger import Ledger, Violation, count, judge
from bench.faults.stage import Fault, Stage, load, read_ledger
from bench.faults.timing import (
    Marks,
    bins,
    deliveries,
    errors_by_kind,
    load_held,
    longest_lag,
    longest_silence,
    p99_until_acknowledged,
    time_to_heal,
)

FAULTS: list[Fault] = [
    *redis.FAULTS,
    *postgresql.FAULTS,
    *instances.FAULTS,
    *streams.FAULTS,
    *devices.FAULTS,
    *strangers.FAULTS,
    *one_user.FAULTS,
    *broker.FAULTS,
]
_BARS = {fault.name: fault.bar for fault in FAULTS}
EXAMPLES = 20


async def run_fault(fault: Fault, on: Machines, form: Form) -> Outcome:
    """One row. Leaves everything as healthy as it was."""
    if fault.rate is not None and form is FULL:
        form = replace(form, rate=fault.rate)
    ledger_path = on.directory / f"{fault.name}.json"
    try:
        async with _cluster(fault, on, form) as cluster, load(cluster, form, ledger_path) as process:
            stage = Stage(cluster, form, process)
            try:
                return await _acted(fault, stage, ledger_path)
            finally:
                stage.close()
    finally:
        await on.valkey.start()


async def _acted(fault: Fault, stage: Stage, ledger_path: Path) -> Outcome:
    async with _memory_watched(stage):
        await fault.act(stage)
        marks = await stage.settle()
    ledger = read_ledger(ledger_path)
    await fault.afterwards(stage, ledger)
    return await _outcome(fault, stage, marks, ledger)


@asynccontextmanager
async def _cluster(fault: Fault, on: Machines, form: Form) -> AsyncIterator[Cluster]:
    async with (
        fault.beside(on) as beside,
        on.cluster(
            form.instances,
            redis_url=fault.redis_url,
            probed=fault.probed,
            settings={**fault.settings, **beside},
        ) as cluster,
    ):
        yield cluster


@asynccontextmanager
async def _memory_watched(stage: Stage) -> AsyncIterator[None]:
    watching = asyncio.create_task(stage.watch_memory())
    try:
        yield
    finally:
        watching.cancel()


async def _outcome(fault: Fault, stage: Stage, marks: Marks, ledger: Ledger) -> Outcome:
    violations = judge(ledger, await _rows(stage.cluster, ledger))
    row = _row(fault, stage, marks, ledger, violations)
    row.over = over(row, fault.bar, stage.form)
    return row


async def _rows(cluster: Cluster, ledger: Ledger) -> list[list[tuple[str, int]]]:
    return [await cluster.postgresql.messages(user) for user in ledger.users]


def _row(
    fault: Fault, stage: Stage, marks: Marks, ledger: Ledger, violations: Sequence[Violation]
) -> Outcome:
    delivered = deliveries(ledger)
    return Outcome(
        name=fault.name,
        about=fault.about,
        load=load_held(ledger, marks),
        acknowledged=sum(one.acknowledged is not None for one in ledger.writes),
        lost=count(violations, "lost"),
        doubled=count(violations, "doubled"),
        disordered=count(violations, "disordered"),
        invented=count(violations, "invented"),
        unanswered=count(violations, "unanswered"),
        lag=longest_lag(delivered),
        silence=longest_silence(ledger, marks),
        p99=p99_until_acknowledged(ledger, marks),
        heal=time_to_heal(ledger, delivered, marks) if fault.bar.heals else None,
        memory_before=stage.memory.before,
        memory_peak=stage.memory.peak,
        errors=errors_by_kind(ledger),
        figures=stage.figures,
        violations=[f"{one.breach}: {one.detail}" for one in violations[:EXAMPLES]],
        complaints=[line for one in stage.cluster.instances for line in one.complaints()][:EXAMPLES],
        notes=stage.notes,
        marks=marks,
        bins=bins(ledger, delivered, marks),
    )


def compare_memory(rows: Sequence[Outcome]) -> None:
    """What a fault costs is what its run took more than the run that its bar names, where there is one."""
    peaks = {row.name: row.memory_peak for row in rows}
    for row in rows:
        bar = _BARS[row.name].more_memory
        if bar is not None and bar[0] in peaks:
            _compare(row, row.memory_peak - peaks[bar[0]], *bar)


def _compare(row: Outcome, more: int, other: str, most: int) -> None:
    """Puts the figure, and the judgement, in the place of those of an earlier run."""
    name = f"MB more than {other}"
    row.figures[name] = more / MEGABYTE
    row.over = [what for what in row.over if not what.startswith(name)]
    if more > most:
        row.over.append(f"{name}: {more / MEGABYTE:.0f}, over {most / MEGABYTE:.0f}")


def named(names: Sequence[str]) -> list[Fault]:
    """The faults of these names, or all. Raises `KeyError` for a name there is not."""
    by_name = {fault.name: fault for fault in FAULTS}
    return [by_name[name] for name in names] if names else FAULTS
