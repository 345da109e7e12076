"""The browser that measures is a real one, on a network as slow as it should be."""

import pytest

from bench.faults.cluster import free_port
from bench.rows.browser import first_paint
from tests.support.instances import Instance

ROUND_TRIP = 170


async def test_a_cold_browser_paints_after_the_page_and_its_scripts_have_come(instance: Instance) -> None:
    figures = await first_paint(instance.url)
    assert figures["paint"] > 2 * ROUND_TRIP
    assert figures["bytes"] < 1_000_000


async def test_a_browser_that_finds_no_server_says_so() -> None:
    with pytest.raises(RuntimeError, match="ERR_CONNECTION_REFUSED"):
        await first_paint(f"http://127.0.0.1:{free_port()}")
