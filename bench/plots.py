"""One picture a row: each figure's medians side by side, every measurement a dot."""

from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.rows.row import Row

mpl.use("Agg")
WIDTH, HEIGHT = 2.2, 2.6  # inches, of one figure's axes


def plot(row: Row, measured: dict[str, list[dict[str, float]]], path: Path) -> None:
    drawing = Figure(figsize=(WIDTH * len(row.units) + 0.4, HEIGHT), layout="constrained")
    drawing.suptitle(row.about, fontsize=9)
    every = drawing.subplots(1, len(row.units), squeeze=False)[0]
    for axes, (figure, unit) in zip(every, row.units.items(), strict=True):
        values = [[one[figure] for one in measured[name]] for name in row.contenders]
        axes.bar(row.contenders, [median(some) for some in values], alpha=0.5)
        for place, some in enumerate(values):
            axes.plot([place] * len(some), some, "k.", ms=3)
        axes.set_title(f"{figure}, {unit}", fontsize=8)
        axes.tick_params(labelsize=7)
        axes.set_ylim(bottom=0)
    drawing.savefig(path, dpi=90)
