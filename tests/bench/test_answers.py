"""Answers on two instances are measured to the last device, and none ends shorter than shown."""

import pytest

from bench.contenders import contenders, machines
from bench.rows.answers import stop
from bench.rows.row import SHORT

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]


async def test_a_stop_is_timed_from_one_device_to_the_last_of_all() -> None:
    async with machines() as on:
        figures = await stop(on, contenders()["ours"], SHORT)
    assert 0 < figures["stop"] <= figures["slowest stop"]
    assert figures["first word"] > 0
    assert figures["word"] > 0
    assert figures["cut"] == 0
