"""The short form of a broker that fails and of relays that die: the mirror of a consumer is equal at the end."""

import pytest

from bench.faults.broker import FAULTS, MISSING, OVERTAKEN
from bench.faults.cluster import machines
from bench.faults.form import SHORT
from bench.faults.programme import run_fault
from bench.rabbitmq import NoRabbitMQ

pytestmark = pytest.mark.servers


@pytest.mark.timeout(300)
async def test_a_mirror_is_equal_whatever_happens_to_the_broker_and_to_relays() -> None:
    async with machines() as on:
        for fault in FAULTS:
            try:
                row = await run_fault(fault, on, SHORT)
            except NoRabbitMQ as reason:
                pytest.skip(str(reason))
            assert (row.lost, row.doubled, row.disordered, row.invented, row.unanswered) == (0,) * 5, (
                row.violations
            )
            assert row.errors == {}, fault.name
            assert (row.figures[MISSING], row.figures[OVERTAKEN]) == (0, 0), fault.name
