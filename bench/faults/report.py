"""Shows the rows: a table on the terminal, JSON, and a page with plots."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from bench.faults.bars import MEGABYTE, Outcome
from bench.faults.form import Form
from bench.faults.plots import plot
from bench.faults.programme import FAULTS, compare_memory
from bench.faults.timing import Marks

RESULTS_NAME = "faults.json"
ORDER = [fault.name for fault in FAULTS]
HEAD = (
    "fault", "writes/s", "acknowledged", "lost", "doubled", "out of order", "longest lag, s",
    "longest silence, s", "p99 of a write, s", "healed, s", "memory peak, MB",
)  # fmt: skip


def cells(row: Outcome) -> list[str]:
    return [
        row.name,
        f"{row.load:.0f}",
        f"{row.acknowledged:,}",
        str(row.lost + row.invented + row.unanswered),
        str(row.doubled),
        str(row.disordered),
        f"{row.lag:.2f}",
        f"{row.silence:.2f}",
        f"{row.p99:.3f}",
        "" if row.heal is None else f"{row.heal:.2f}",
        f"{row.memory_peak / MEGABYTE:.0f}",
    ]


def show(rows: Sequence[Outcome], out: Console) -> None:
    table = Table(*HEAD)
    for row in rows:
        table.add_row(*cells(row), style="red" if row.over else None)
    out.print(table)
    for row in rows:
        for what in row.over:
            out.print(f"[red]{row.name}[/red]: {what}")
        for line in row.complaints[:3]:
            out.print(f"[yellow]{row.name}, an instance's log[/yellow]: {line[:300]}", highlight=False)


def write(row: Outcome, form: Form, directory: Path) -> None:
    """Puts a row, with its plot, in the place of its forerunner in JSON and page."""
    directory.mkdir(parents=True, exist_ok=True)
    plot(row, directory / f"{row.name}.png")
    rows = [one for one in read(form, directory) if one.name != row.name] + [row]
    compare_memory(rows)
    rows.sort(key=lambda one: ORDER.index(one.name))
    figures = {"form": asdict(form), "rows": [_without_bins(one) for one in rows]}
    (directory / RESULTS_NAME).write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    (directory / "README.md").write_text("\n".join(_page(rows, form)) + "\n")


def read(form: Form, directory: Path) -> list[Outcome]:
    """The rows of earlier runs in the same form, without what only plots need."""
    path = directory / RESULTS_NAME
    earlier: dict[str, Any] = orjson.loads(path.read_bytes()) if path.exists() else {}
    if earlier.get("form") != asdict(form):
        return []
    return [_read(row) for row in earlier["rows"] if row["name"] in ORDER]


def _read(row: dict[str, Any]) -> Outcome:
    return Outcome(**{"notes": [], "p99": 0.0, **row, "marks": Marks(**row["marks"]), "bins": []})


def _without_bins(row: Outcome) -> dict[str, object]:
    """The quarters of seconds are what the plots are for."""
    figures = asdict(row)
    del figures["bins"]
    return figures


def _page(rows: Sequence[Outcome], form: Form) -> list[str]:
    return [
        f"# Faults, {form.name} form",
        "",
        f"{form.users * 3} devices of {form.users} users on {form.instances} instances; {form.rate} writes a "
        "second are aimed at. What the columns mean is in `docs/reliability.md`.",
        "",
        f"| {' | '.join(HEAD)} | |",
        f"|{' --- |' * (len(HEAD) + 1)}",
        *(f"| {' | '.join(cells(row))} | {'; '.join(row.over)} |" for row in rows),
        *(line for row in rows for line in _section(row)),
    ]


def _section(row: Outcome) -> list[str]:
    errors = ", ".join(f"{number} × {kind}" for kind, number in row.errors.items()) or "none"
    figures = [f"- {name}: {value:.2f}" for name, value in row.figures.items()]
    plotted = f"![{row.about}]({row.name}.png)"
    return [
        "",
        f"## {row.name}",
        "",
        row.about + ".",
        "",
        f"- errors at clients: {errors}",
        *figures,
        *(f"- {note}" for note in row.notes),
        "",
        plotted,
    ]
