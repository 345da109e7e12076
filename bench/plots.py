"""One picture a row: each figure's medians side by side, every measurement a dot; or curves over a size."""

from pathlib import Path
from statistics import linear_regression, median

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.rows.row import Curve, Form, Row, at

mpl.use("Agg")
WIDTH, HEIGHT = 2.2, 2.6  # inches, of one figure's axes
WIDE = 5.2  # inches, of curves

Measured = dict[str, list[dict[str, float]]]


def plot(row: Row, measured: Measured, form: Form, path: Path) -> None:
    """The sizes of curves are those of the form."""
    curve = row.curve
    width = WIDE if curve else WIDTH * len(row.units)
    drawing = Figure(figsize=(width + 0.4, HEIGHT), layout="constrained")
    drawing.suptitle(row.about, fontsize=7 if curve else 9, wrap=True)
    if curve:
        _curves(drawing.subplots(), curve, measured["ours"], form)
    else:
        _columns(drawing, row, measured)
    drawing.savefig(path, dpi=90)


def _columns(drawing: Figure, row: Row, measured: Measured) -> None:
    every = drawing.subplots(1, len(row.units), squeeze=False)[0]
    for axes, (figure, unit) in zip(every, row.units.items(), strict=True):
        values = [[one[figure] for one in measured[name]] for name in row.contenders]
        axes.bar(row.contenders, [median(some) for some in values], alpha=0.5)
        for place, some in enumerate(values):
            axes.plot([place] * len(some), some, "k.", ms=3)
        axes.set_title(f"{figure}, {unit}", fontsize=8)
        axes.tick_params(labelsize=7)
        axes.set_ylim(bottom=0)


def _curves(axes: Axes, curve: Curve, measured: list[dict[str, float]], form: Form) -> None:
    sizes = [form.of(size) if curve.share else size for size in curve.sizes]
    for line in curve.lines:
        values = [[one[at(line, size)] for one in measured] for size in curve.sizes]
        middles = [median(some) for some in values]
        axes.plot(sizes, middles, "o-", ms=3, label=line)
        for size, some in zip(sizes, values, strict=True):
            axes.plot([size] * len(some), some, "k.", ms=2)
        if curve.straight:
            slope, intercept = linear_regression(sizes, middles)
            fitted = [slope * size + intercept for size in sizes]
            axes.plot(sizes, fitted, "--", lw=1, label=f"{slope:.2f} each, and {intercept:,.0f}")
    axes.set_xscale("log")
    if curve.straight:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel(curve.dimension, fontsize=8)
    axes.set_ylabel(curve.unit, fontsize=8)
    axes.tick_params(labelsize=7)
    axes.legend(fontsize=7)
