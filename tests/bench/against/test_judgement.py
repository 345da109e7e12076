"""How the costs of two trees are compared: turns, ratios, their interval, the verdict."""

from math import inf

import pytest

from bench.against.judgement import Measured, cost_ratio, judge, median_interval, turns
from bench.rows import ROWS
from bench.rows.row import Judged

COST, RATE = Judged("cost", "ms"), Judged("rate", "1/s", "more")


def measured_of(this: list[float], that: list[float]) -> Measured:
    return {"this": [{"cost": one} for one in this], "that": [{"cost": one} for one in that]}


# The plan of turns


def test_neighbouring_turns_change_who_is_first() -> None:
    assert list(turns(3)) == [("this", "that"), ("that", "this"), ("this", "that")]


def test_a_drift_raises_one_ratio_as_it_lowers_the_next() -> None:
    measured: Measured = {"this": [], "that": []}
    cost = 1.0
    for order in turns(16):
        for side in order:
            measured[side].append({"cost": cost})
            cost *= 1.05
    assert judge(COST, measured).ratio == pytest.approx(1.0, abs=0.01)


# The interval


def test_the_interval_of_fifteen_goes_from_the_fourth_to_the_twelfth() -> None:
    assert median_interval(list(range(15, 0, -1))) == (4, 12)


def test_the_interval_of_an_even_number_is_between_measured_values_too() -> None:
    assert median_interval(list(range(1, 17))) == (4, 13)
    assert median_interval(list(range(1, 21))) == (6, 15)


def test_six_values_hold_the_median_between_the_least_and_the_most_and_five_do_not() -> None:
    assert median_interval([3, 1, 2, 6, 5, 4]) == (1, 6)
    assert median_interval([1, 2, 3, 4, 5]) is None
    assert median_interval([]) is None


def test_ties_are_an_interval_of_one_point() -> None:
    assert median_interval([1.0] * 15) == (1.0, 1.0)
    assert median_interval([1.0] * 12 + [9.0] * 3) == (1.0, 1.0)


def test_the_outermost_values_of_fifteen_do_not_move_the_interval() -> None:
    calm = [1.0] * 9
    assert median_interval([*calm, 0.1, 0.1, 0.1, 90.0, 90.0, 90.0]) == (1.0, 1.0)


# The verdict


def test_more_of_a_rate_is_less_of_a_cost() -> None:
    assert cost_ratio(COST, 3.0, 2.0) == 1.5
    assert cost_ratio(RATE, 3.0, 2.0) == pytest.approx(2 / 3)


def test_what_cost_nothing_is_not_divided_by() -> None:
    assert cost_ratio(COST, 0.0, 0.0) == 1.0
    assert cost_ratio(COST, 1.0, 0.0) == inf
    assert cost_ratio(RATE, 0.0, 1.0) == inf


def test_ratios_are_of_the_turns_of_a_round_and_not_of_medians() -> None:
    judged = judge(COST, measured_of([1.0, 20.0, 300.0], [2.0, 10.0, 600.0]))
    assert judged.ratios == [0.5, 2.0, 0.5]
    assert (judged.ratio, judged.this, judged.that) == (0.5, 20.0, 10.0)


def test_the_median_of_an_even_number_of_ratios_is_between_the_two_in_the_middle() -> None:
    judged = judge(COST, measured_of([1.0] * 8 + [1.5] * 8, [1.0] * 16))
    assert judged.ratio == 1.25
    assert judged.interval == (1.0, 1.5)


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ([1.0] * 15, "holds"),
        ([1.03] * 15, "holds"),
        ([1.04] * 15, "costs more than 3 %"),
        # The median is above what is allowed, but the interval begins below it.
        ([1.02] * 4 + [1.2] * 11, "holds"),
        ([1.02] * 3 + [1.2] * 12, "costs more than 3 %"),
        ([0.5] * 15, "holds"),
    ],
)
def test_a_cost_is_found_where_the_whole_interval_is_above_what_is_allowed(
    ratios: list[float], verdict: str
) -> None:
    assert judge(COST, measured_of(ratios, [1.0] * 15)).verdict == verdict


def test_fourteen_pairs_judge_nothing() -> None:
    assert judge(COST, measured_of([1.0] * 14, [1.0] * 14)).verdict == "judges nothing"


# The rows


def test_every_row_that_the_issues_name_is_judged() -> None:
    judged = {row.name for row in ROWS if row.judged}
    assert judged == {"write-64", "fan-out", "catch-up", "pages", "memory", "first-word"}


def test_a_figure_that_the_table_shows_has_the_same_unit_where_it_is_judged() -> None:
    for row in ROWS:
        for one in row.judged:
            assert row.units.get(one.figure, one.unit) == one.unit, row.name
