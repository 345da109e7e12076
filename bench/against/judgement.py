"""The plan of turns, and what their figures say. No I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb, inf
from statistics import median
from typing import Literal

from bench.rows.row import Figures, Judged

Side = Literal["this", "that"]
Verdict = Literal["holds", "costs more than 3 %", "judges nothing"]
Measured = dict[Side, list[Figures]]

ENOUGH = 15  # pairs of neighbouring turns: with fewer nothing is judged
ALLOWED = 1.03  # of the other tree's cost
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of one figure. `ratio` is the median of `ratios`, one for each pair of neighbouring turns; above one
    means that this tree costs more.
    """

    figure: str
    unit: str
    this: float
    that: float
    ratios: list[float]
    ratio: float
    interval: tuple[float, float] | None
    verdict: Verdict


def turns(rounds: int) -> Iterator[tuple[Side, Side]]:
    """A B, B A, A B, …: the two of a round are neighbours, and who is first changes, so that a drift which
    raises one ratio lowers the next.
    """
    for number in range(rounds):
        yield ("that", "this") if number % 2 else ("this", "that")


def judge(judged: Judged, measured: Measured, *, enough: float = ENOUGH) -> Judgement:
    """The figures of both sides are in the order of their rounds, as many of the one as of the other, and at
    least one. With fewer than `enough` pairs nothing is judged.
    """
    this, that = ([one[judged.figure] for one in measured[side]] for side in ("this", "that"))
    ratios = [cost_ratio(judged, *pair) for pair in zip(this, that, strict=True)]
    within = median_interval(ratios)
    return Judgement(
        judged.figure, judged.unit, median(this), median(that), ratios, median(ratios), within,
        "judges nothing" if len(ratios) < enough else _verdict(within),
    )  # fmt: skip


def _verdict(within: tuple[float, float] | None) -> Verdict:
    """A cost is found only where the whole interval is above what is allowed."""
    if within is None:
        return "judges nothing"
    return "holds" if within[0] <= ALLOWED else "costs more than 3 %"


def cost_ratio(judged: Judged, this: float, that: float) -> float:
    """Above one where this tree costs more, also for a figure of which more is better."""
    dearer, cheaper = (this, that) if judged.better == "less" else (that, this)
    if cheaper:
        return dearer / cheaper
    return inf if dearer else 1.0  # neither cost anything that could be measured


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % interval of the median, from one of the values to another; None for fewer than six, of which
    even the least and the most hold less.

    It is exact: whatever the distribution, a value is below the true median as often as above, so that how
    many are below is binomial. A bootstrap would need a seed, and is too narrow for 15 values. The steps are
    coarse, so it holds the median a little more often than it says: in 96.5 % of cases from the 4th to the
    12th of 15. Ties only make it hold it more often.
    """
    ordered = sorted(values)
    rank = _rank(len(ordered))
    return (ordered[rank - 1], ordered[-rank]) if rank else None


def _rank(count: int) -> int:
    """The largest whose value, from either end, is beyond the median in at most half of what may be missed;
    0 if there is none.
    """
    missed, rank = 0, 0
    while (missed := missed + comb(count, rank)) <= (1 - CONFIDENCE) / 2 * 2**count:
        rank += 1
    return rank
