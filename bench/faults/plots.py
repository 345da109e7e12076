"""One picture a fault: how late changes came, and how many writes were acknowledged, over time."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.faults.bars import Outcome
from bench.faults.timing import BIN

mpl.use("Agg")
SIZE = (8.0, 3.6)  # inches
LEAST = 1e-3  # seconds: below it nothing is drawn apart


def plot(row: Outcome, path: Path) -> None:
    figure = Figure(figsize=SIZE, layout="constrained")
    lags, writes = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    times = [one.at for one in row.bins]
    for name, values in (
        ("middle", [one.middle for one in row.bins]),
        ("worst", [one.worst for one in row.bins]),
    ):
        lags.plot(times, [float("nan") if v is None else max(v, LEAST) for v in values], label=name, lw=1)
    lags.set(yscale="log", ylabel="commit to device, s", title=row.about)
    lags.legend(loc="upper right", frameon=False)
    writes.fill_between(times, [one.acknowledged / BIN for one in row.bins], step="post", alpha=0.5)
    writes.set(xlabel="s", ylabel="writes/s")
    for axes in (lags, writes):
        axes.axvspan(
            row.marks.broken - row.marks.began, row.marks.healed - row.marks.began, color="red", alpha=0.12
        )
        axes.axvline(row.marks.healed - row.marks.began, color="green", lw=1)
    figure.savefig(path, dpi=80)
