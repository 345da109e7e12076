"""The short form of what strangers do to a server, and of what one user may take: nobody else notices.

The bars are those of `make faults` loosened for a machine that does other things meanwhile. What strangers could do
to a server without bounds is far beyond them.
"""

import pytest

from bench.faults.bars import MEGABYTE
from bench.faults.cluster import machines
from bench.faults.form import SHORT
from bench.faults.one_user import FAULTS as ONE_USER
from bench.faults.programme import run_fault
from bench.faults.strangers import FAULTS as STRANGERS
from bench.faults.strangers import UNDISTURBED

pytestmark = pytest.mark.servers

LONGEST_P99 = 1.5  # seconds until a write is acknowledged
LONGEST_SILENCE = 2.5  # seconds
MOST_MEMORY = 150 * MEGABYTE  # beyond that of a run without strangers


@pytest.mark.timeout(300)
async def test_whoever_has_an_account_notices_neither_strangers_nor_one_user_who_takes_everything() -> None:
    async with machines() as on:
        rows = {one.name: await run_fault(one, on, SHORT) for one in [*STRANGERS, *ONE_USER]}
    for name, row in rows.items():
        assert (row.lost, row.doubled, row.disordered, row.invented, row.unanswered) == (0,) * 5, (
            row.violations
        )
        assert row.errors == {}, name
        assert row.p99 < LONGEST_P99, name
        assert row.silence < LONGEST_SILENCE, name
        assert row.memory_peak - rows[UNDISTURBED].memory_peak < MOST_MEMORY, name
        assert row.complaints == [], name
