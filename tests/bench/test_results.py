"""What was measured is written as it comes, and judged."""

from pathlib import Path

import pytest

from bench.__main__ import chosen, measure_all
from bench.contenders import Contender, Machines
from bench.faults.cluster import PostgreSQL, Valkey
from bench.plots import Measured
from bench.report import Results, verdicts
from bench.rows import ROWS
from bench.rows.row import FULL, SHORT, Bar, Curve, Figures, Form, Row, at


async def _nothing(on: Machines, contender: Contender, form: Form) -> Figures:
    return {}


def measured_of(row: Row, value: float) -> Measured:
    return {name: [dict.fromkeys(row.units, value)] for name in row.contenders}


def test_every_row_has_a_name_of_its_own_and_bars_on_figures_that_it_shows() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert {bar.figure for bar in row.bars} <= set(row.units), row.name
        assert {bar.against for bar in row.bars} <= {None, *row.contenders}, row.name


def test_every_row_can_be_written_with_its_plot(tmp_path: Path) -> None:
    results = Results(tmp_path, FULL)
    for row in ROWS:
        results.add(row, measured_of(row, 2.0))
        assert (tmp_path / f"{row.name}.png").stat().st_size > 0
    page = (tmp_path / "README.md").read_text()
    assert all(f"## {row.name}" in page for row in ROWS)


def test_rows_of_an_earlier_run_stay_beside_the_new_ones(tmp_path: Path) -> None:
    first, second = ROWS[0], ROWS[1]
    Results(tmp_path, FULL).add(first, measured_of(first, 1.0))
    Results(tmp_path, FULL).add(second, measured_of(second, 1.0))
    assert set(Results(tmp_path, FULL).rows) == {first.name, second.name}
    assert not Results(tmp_path, SHORT).rows


async def test_a_row_that_fails_keeps_its_rounds_before_and_loses_no_other_row(tmp_path: Path) -> None:
    turns = iter(range(9))

    async def fail_in_the_second_round(on: Machines, contender: Contender, form: Form) -> Figures:
        if next(turns) == 1:
            raise ConnectionError
        return {"cost": 1.0}

    async def succeed(on: Machines, contender: Contender, form: Form) -> Figures:
        return {"cost": 2.0}

    rows = [
        Row("failing", "failing", ("ours",), fail_in_the_second_round, {"cost": "ms"}),
        Row("other", "other", ("ours",), succeed, {"cost": "ms"}),
    ]
    nowhere = Machines(tmp_path, PostgreSQL(tmp_path), Valkey(tmp_path, 0), "")
    assert not await measure_all(rows, nowhere, FULL, 3, Results(tmp_path, FULL))
    written = Results(tmp_path, FULL).rows
    assert written["failing"] == {"ours": [{"cost": 1.0}]}
    assert written["other"] == {"ours": [{"cost": 2.0}] * 3}


def test_a_bar_is_judged_on_medians() -> None:
    bar = Bar("cost", "at most", 0.5, "node")
    row = Row("one", "one", ("ours", "node"), _nothing, {"cost": "ms"}, (bar,))
    ours = [{"cost": value} for value in (1.0, 2.0, 90.0)]
    assert [met for *_, met in verdicts(row, {"ours": ours, "node": [{"cost": 4.0}]})] == [True]
    assert [met for *_, met in verdicts(row, {"ours": ours, "node": [{"cost": 3.9}]})] == [False]


def test_a_peer_that_cost_nothing_that_could_be_measured_is_not_divided_by() -> None:
    bar = Bar("cost", "at most", 0.5, "node")
    row = Row("one", "one", ("ours", "node"), _nothing, {"cost": "ms"}, (bar,))
    assert [met for *_, met in verdicts(row, {"ours": [{"cost": 1.0}], "node": [{"cost": 0.0}]})] == [False]


def test_a_curve_of_a_short_run_is_drawn_over_the_sizes_of_that_run(tmp_path: Path) -> None:
    curve = Curve("messages", "µs", (1_000, 1_000_000), ("write",), straight=True)
    units = {at("write", size): "µs" for size in curve.sizes}
    row = Row("curved", "curved", ("ours",), _nothing, units, curve=curve)
    Results(tmp_path, SHORT).add(row, {"ours": [{"write at 1,000": 20.0, "write at 1,000,000": 20_000.0}]})
    assert (tmp_path / "curved.png").stat().st_size > 0


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["write-64", "window"], ["write-64", "window"]),
        (["write"], ["write-64", "write-256"]),
        (["none"], []),
    ],
)
def test_rows_are_chosen_by_name_or_family_as_often_as_asked(names: list[str], expected: list[str]) -> None:
    assert [row.name for row in chosen(names)] == expected
