"""Shows the rows: a table on the terminal, JSON, a page and a plot for each."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import psutil
from rich.console import Console
from rich.table import Table

from bench.plots import Measured, plot
from bench.rows import ROWS
from bench.rows.row import Bar, Form, Row

NAMES = {"ours": "ours", "node": "Node", "stock": "stock Python", "fastapi": "FastAPI"}
HEAD = ("row", "figure", "unit", "contender", "median", "least", "most", "of ours")
DIGITS = 3


class Results:
    """The rows so far, beside those of earlier runs in the same form. Each is written at once."""

    def __init__(self, directory: Path, form: Form) -> None:
        self.rows: dict[str, Measured] = {}
        self._directory = directory
        self._form = form
        self._path = directory / "performance.json"
        earlier: dict[str, Any] = orjson.loads(self._path.read_bytes()) if self._path.exists() else {}
        if earlier.get("form") == asdict(form):
            self.rows = earlier["rows"]

    def add(self, row: Row, measured: Measured) -> None:
        self.rows[row.name] = measured
        self._directory.mkdir(parents=True, exist_ok=True)
        figures = {"form": asdict(self._form), "machine": machine(), "rows": self.rows}
        self._path.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
        plot(row, measured, self._form, self._directory / f"{row.name}.png")
        (self._directory / "README.md").write_text("\n".join(self._page()) + "\n")

    def _page(self) -> Iterator[str]:
        rows = [row for row in ROWS if row.name in self.rows]
        yield f"# Performance, {self._form.name} form"
        yield from ("", machine(), "", "| bar | measured | |", "| --- | --- | --- |")
        for row in rows:
            for text, value, met in verdicts(row, self.rows[row.name]):
                yield f"| {row.about}: {text} | {value} | {'met' if met else '**not met**'} |"
        for row in rows:
            turns = len(self.rows[row.name]["ours"])
            yield from ("", f"## {row.name}", "", f"{row.about}. Turns: {turns}.", "")
            yield from ("| " + " | ".join(HEAD[1:]) + " |", "| " + " | ".join(["---"] * 7) + " |")
            yield from ("| " + " | ".join(line) + " |" for line in lines(row, self.rows[row.name]))
            yield from ("", f"![{row.about}]({row.name}.png)")


def machine() -> str:
    cores = psutil.cpu_count() or 0
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    python = platform.python_version()
    return f"{cores} cores, {platform.system()} {platform.machine()}, Python {python}, {today}."


def middle(measured: Measured, contender: str, figure: str) -> float:
    return median(one[figure] for one in measured[contender])


def lines(row: Row, measured: Measured) -> Iterator[list[str]]:
    """One for each figure and contender: median, spread, and the ratio of the median to that of ours."""
    for figure, unit in row.units.items():
        ours = middle(measured, "ours", figure)
        for contender in row.contenders:
            values = [one[figure] for one in measured[contender]]
            ratio = f"{median(values) / ours:.2f}" if ours else ""
            yield [
                figure, unit, NAMES[contender], short(median(values)), short(min(values)),
                short(max(values)), ratio,
            ]  # fmt: skip


def verdicts(row: Row, measured: Measured) -> Iterator[tuple[str, str, bool]]:
    """Each bar in words, what was measured, and whether it is met."""
    for bar in row.bars:
        ours = middle(measured, "ours", bar.figure)
        theirs = middle(measured, bar.against, bar.figure) if bar.against else 1.0
        value = ours / theirs if theirs else inf
        met = value <= bar.factor if bar.kind == "at most" else value >= bar.factor
        yield _words(bar, row), short(value), met


def _words(bar: Bar, row: Row) -> str:
    if bar.against is None:
        return f"{bar.figure} {bar.kind} {bar.factor:g} {row.units[bar.figure]}"
    return f"{bar.figure} {bar.kind} {bar.factor:g} × {NAMES[bar.against]}"


def short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10**DIGITS else f"{value:.{DIGITS}g}"


def show(rows: Sequence[Row], results: Results, out: Console) -> None:
    table = Table(*HEAD)
    for row in rows:
        for line in lines(row, results.rows[row.name]):
            table.add_row(row.name, *line)
        table.add_section()
    out.print(table)
    for row in rows:
        for text, value, met in verdicts(row, results.rows[row.name]):
            word = "[green]met[/green]" if met else "[red]not met[/red]"
            out.print(f"{row.name}: {text}: {value} {word}", highlight=False)
