"""The short form of the fault bench, for a fault of each family: what is promised holds on any machine."""

import pytest

from bench.faults.cluster import machines
from bench.faults.form import SHORT
from bench.faults.programme import named, run_fault

pytestmark = pytest.mark.servers

NAMES = [
    "redis-killed",
    "postgresql-killed",
    "instance-killed",
    "instance-frozen",
    "streams-terminated",
    "devices-vanish",
]


@pytest.mark.timeout(180)
async def test_nothing_is_lost_or_doubled_or_out_of_order_and_everything_heals() -> None:
    async with machines() as on:
        for fault in named(NAMES):
            row = await run_fault(fault, on, SHORT)
            assert (row.lost, row.doubled, row.disordered, row.invented) == (0, 0, 0, 0), row.violations
            assert row.unanswered == 0, row.violations
            assert row.acknowledged > 0
            assert row.heal is not None, f"{fault.name} did not heal"
