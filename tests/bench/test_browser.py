"""The browser that measures is a real one, on a network as slow as it should be."""

import asyncpg
import pytest

from bench.ports import held_port
from bench.rows.browser import first_paint, scrolled
from bench.seed import add_talk, add_users
from tests.support.instances import SECRET, Instance

ROUND_TRIP = 170
MESSAGES = 3_000


async def test_a_cold_browser_paints_after_the_page_and_its_scripts_have_come(instance: Instance) -> None:
    figures = await first_paint(instance.url)
    assert figures["paint"] > 2 * ROUND_TRIP
    assert figures["bytes"] < 1_000_000


@pytest.mark.servers
async def test_a_browser_that_finds_no_server_says_so() -> None:
    with held_port() as port, pytest.raises(RuntimeError, match="ERR_CONNECTION_REFUSED"):
        await first_paint(f"http://127.0.0.1:{port}")


async def test_a_long_conversation_is_scrolled_through_in_short_frames_and_level_memory(
    instance: Instance, database_url: str
) -> None:
    """Generous: `make bench` judges, on a machine that does nothing else."""
    connection = await asyncpg.connect(database_url)
    [account] = await add_users(connection, SECRET, 1, ours=True)
    await add_talk(connection, account, MESSAGES)
    await connection.close()
    figures = await scrolled(instance.url, account, MESSAGES)
    assert figures["frames"] > MESSAGES / 50
    assert figures["longest"] < 2_000
    assert figures["growth"] < 1.25
