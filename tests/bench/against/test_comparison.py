"""What a comparison of two trees measures, writes and shows."""

from pathlib import Path

import pytest
from rich.console import Console

from bench.__main__ import chosen
from bench.against.comparison import measure
from bench.against.report import show
from bench.contenders import Contender, Machines
from bench.faults.cluster import PostgreSQL, Valkey
from bench.rows import ROWS
from bench.rows.row import FULL, SHORT, Figures, Form, Judged, Row
from tests.support.comparisons import comparison

COST = Judged("cost", "ms")
quiet = Console(quiet=True)


# The plan of turns
async def test_each_round_is_written_once_both_have_had_their_turn(tmp_path: Path) -> None:
    asked: list[str] = []

    async def fail_in_the_sixth_turn(on: Machines, contender: Contender, form: Form) -> Figures:
        asked.append(contender.name)
        if len(asked) == 6:
            raise ConnectionError
        return {"cost": 1.0}

    row = Row("one", "one", ("ours",), fail_in_the_sixth_turn, {"cost": "ms"}, judged=(COST,))
    nowhere = Machines(tmp_path, PostgreSQL(tmp_path), Valkey(tmp_path, 1), "")
    written = comparison(tmp_path)
    with pytest.raises(ConnectionError):
        await measure(
            row, nowhere, {"this": Contender("A", ()), "that": Contender("B", ())}, FULL, 15, written
        )
    assert asked == ["A", "B", "B", "A", "A", "B"]
    assert written.rows["one"][0].ratios == [1.0, 1.0]
    assert not written.holds([row])


def test_every_judged_row_is_written_with_its_plot_and_shown(tmp_path: Path) -> None:
    written = comparison(tmp_path)
    rows = [row for row in chosen(None) if row.judged]
    for row in rows:
        figures = [{one.figure: 2.0 for one in row.judged}] * 15
        written.add(row, {"this": figures, "that": figures})
        assert (tmp_path / "def" / f"{row.name}.png").stat().st_size > 0
        assert (tmp_path / "def" / f"{row.name}.json").stat().st_size > 0
    show(written, quiet)
    assert written.holds(rows)


def test_a_row_that_was_not_measured_does_not_hold(tmp_path: Path) -> None:
    assert not comparison(tmp_path).holds(ROWS[:1])


def test_a_short_run_judges_nothing_however_often_it_measures(tmp_path: Path) -> None:
    row = next(row for row in ROWS if row.name == "memory")
    short = comparison(tmp_path, SHORT)
    short.add(row, {"this": [{"memory": 9.0}] * 15, "that": [{"memory": 1.0}] * 15})
    assert [one.verdict for one in short.rows["memory"]] == ["judges nothing"]
    assert short.holds([row])
