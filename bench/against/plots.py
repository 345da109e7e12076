"""One picture a row: for each figure the ratio of every round, their median, and its interval."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.against.judgement import ALLOWED, Judgement

mpl.use("Agg")
WIDTH, HEIGHT = 2.6, 2.6  # inches, of one figure's axes


def plot(title: str, judgements: Sequence[Judgement], path: Path) -> None:
    drawing = Figure(figsize=(WIDTH * max(len(judgements), 2) + 0.4, HEIGHT), layout="constrained")
    drawing.suptitle(title, fontsize=8, wrap=True)
    every = drawing.subplots(1, len(judgements), sharey=True, squeeze=False)[0]
    for axes, judgement in zip(every, judgements, strict=True):
        _ratios(axes, judgement)
    every[0].set_ylabel("this tree's cost by that one's", fontsize=7)
    drawing.savefig(path, dpi=90)


def _ratios(axes: Axes, one: Judgement) -> None:
    """In the order of the rounds: a drift would show. The red line is what is allowed."""
    rounds = range(1, len(one.ratios) + 1)
    if one.interval:
        axes.axhspan(*one.interval, color="tab:blue", alpha=0.2)
    axes.axhline(one.ratio, color="tab:blue", lw=1)
    axes.axhline(1.0, color="black", lw=0.5)
    axes.axhline(ALLOWED, color="red", ls="--", lw=1)
    axes.plot(rounds, one.ratios, "k.", ms=4)
    axes.set_title(f"{one.figure}, {one.unit}: {one.ratio:.3f}\n{one.verdict}", fontsize=7)
    axes.set_xlabel("round", fontsize=7)
    axes.tick_params(labelsize=7)
