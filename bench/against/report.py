"""Shows two trees: a table on the terminal, and JSON and a plot for each row."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from bench.against.judgement import ENOUGH, Judgement, Measured, judge
from bench.against.plots import plot
from bench.report import machine, short
from bench.rows.row import SHORT, Form, Row

HEAD = ("row", "figure", "unit", "this", "that", "pairs", "ratio", "95 % interval", "")
COLOURS = {"holds": "green", "costs more than 3 %": "red", "judges nothing": "yellow"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows so far. Each is written at once, in a folder of the other tree's name."""

    this: str
    that: str
    form: Form
    directory: Path
    rows: dict[str, list[Judgement]] = field(default_factory=dict)

    @property
    def enough(self) -> float:
        """No number of pairs of a short run is."""
        return inf if self.form == SHORT else ENOUGH

    def add(self, row: Row, measured: Measured) -> None:
        judgements = [judge(one, measured, enough=self.enough) for one in row.judged]
        self.rows[row.name] = judgements
        folder = self.directory / self.that
        folder.mkdir(parents=True, exist_ok=True)
        whole = {
            "this": self.this, "that": self.that, "machine": machine(), "form": asdict(self.form),
            "judgements": [asdict(one) for one in judgements], "measured": measured,
        }  # fmt: skip
        (folder / f"{row.name}.json").write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b"\n")
        plot(f"{row.about}: {self.this} against {self.that}", judgements, folder / f"{row.name}.png")

    def holds(self, rows: Sequence[Row]) -> bool:
        """Whether every figure of these rows does. A short run finds nothing against them."""
        accepted = {"holds", "judges nothing"} if self.form == SHORT else {"holds"}
        return all(
            row.name in self.rows and all(one.verdict in accepted for one in self.rows[row.name])
            for row in rows
        )


def show(comparison: Comparison, out: Console) -> None:
    table = Table(*HEAD, title=f"this: {comparison.this}, that: {comparison.that}")
    for name, judgements in comparison.rows.items():
        for one in judgements:
            table.add_row(name, *_cells(one))
        table.add_section()
    out.print(table)
    if comparison.form == SHORT:
        out.print("A short run judges nothing.")


def _cells(one: Judgement) -> tuple[str, ...]:
    within = " to ".join(f"{end:.3f}" for end in one.interval) if one.interval else ""
    colour = COLOURS[one.verdict]
    return (
        one.figure, one.unit, short(one.this), short(one.that), str(len(one.ratios)), f"{one.ratio:.3f}",
        within, f"[{colour}]{one.verdict}[/{colour}]",
    )  # fmt: skip
