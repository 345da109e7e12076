"""The rows of the relay measure a relay that works."""

import pytest

from bench.contenders import contenders, machines
from bench.rabbitmq import NoRabbitMQ
from bench.rows.followers import due_users
from bench.rows.relay import backlog, beside, soon
from bench.rows.row import SHORT, Figures

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

GENEROUS = 1_000.0  # ms


async def test_events_come_soon_and_a_backlog_goes() -> None:
    figures: list[Figures] = []
    async with machines() as on:
        for row in (soon, backlog, beside):
            try:
                figures.append(await row(on, contenders()["ours"], SHORT))
            except NoRabbitMQ as reason:
                pytest.skip(str(reason))
    late, gone, cost = figures
    assert 0 < late["p50"] <= late["p99"]
    assert late["p50"] < GENEROUS
    assert gone["rate"] > 100
    assert cost["with"] > 0


async def test_what_it_costs_to_find_users_is_told_for_each_way() -> None:
    async with machines() as on:
        figures = await due_users(on, contenders()["ours"], SHORT)
    assert len(figures) == 4
    assert all(value > 0 for name, value in figures.items() if name != "a look at all")
