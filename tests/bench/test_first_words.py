"""From a question to its first word, measured at the device that asked."""

import pytest

from bench.contenders import contenders, machines
from bench.rows.first_words import first_word
from bench.rows.row import SHORT

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

# That nothing is waited for is held by `tests/features/replies/test_first_word.py`; a busy machine is no failure.
GENEROUS = 1_000.0  # ms


async def test_a_first_word_takes_what_the_server_takes_and_no_wait() -> None:
    async with machines() as on:
        figures = await first_word(on, contenders()["ours"], SHORT)
    assert 0 < figures["alone"] <= figures["slowest alone"]
    assert 0 < figures["20 at once"] <= figures["slowest of 20"]
    assert figures["alone"] < GENEROUS
