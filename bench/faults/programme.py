"""All faults, one after the other, each on fresh instances and with fresh users."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.faults import devices, instances, postgresql, redis, streams
from bench.faults.bars import MEGABYTE, Outcome, over
from bench.faults.cluster import Cluster, Machines
from bench.faults.form import Form
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
    time_to_heal,
)

FAULTS: list[Fault] = [*redis.FAULTS, *postgresql.FAULTS, *instances.FAULTS, *streams.FAULTS, *devices.FAULTS]
EXAMPLES = 20
# What 20 stalled devices may cost more than 20 that read.
STALLED_MOST = 40 * MEGABYTE
COMPARED = "MB more than if they read"


async def run_fault(fault: Fault, on: Machines, form: Form) -> Outcome:
    """One row. Leaves everything as healthy as it was."""
    ledger_path = on.directory / f"{fault.name}.json"
    try:
        async with on.cluster(form.instances, redis_url=fault.redis_url, probed=fault.probed) as cluster:
            async with load(cluster, form, ledger_path) as process:
                stage = Stage(cluster, form, process)
                async with _memory_watched(stage):
                    await fault.act(stage)
                    marks = await stage.settle()
            return await _outcome(fault, stage, marks, read_ledger(ledger_path))
    finally:
        await on.valkey.start()


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


def compare_readers(rows: Sequence[Outcome]) -> None:
    """What stalled devices cost is what their run took more than the same run with devices that read."""
    by_name = {row.name: row for row in rows}
    if (stalled := by_name.get("devices-stalled")) and (reading := by_name.get("devices-reading")):
        more = stalled.memory_peak - reading.memory_peak
        stalled.figures[COMPARED] = more / MEGABYTE
        stalled.over = [what for what in stalled.over if not what.endswith(COMPARED)]
        if more > STALLED_MOST:
            stalled.over.append(f"{more / MEGABYTE:.0f} {COMPARED}")


def named(names: Sequence[str]) -> list[Fault]:
    """The faults of these names, or all. Raises `KeyError` for a name there is not."""
    by_name = {fault.name: fault for fault in FAULTS}
    return [by_name[name] for name in names] if names else FAULTS
