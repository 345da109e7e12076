"""`python -m bench`: measures ours and its peers in turn. The exit code is 1 if a measurement failed.

With `--against COMMIT` two trees of ours are measured instead. Then the exit code is also 1 if a figure does
not hold, or was not measured often enough to be judged.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvloop
from rich.console import Console

from bench.against.comparison import compare
from bench.against.judgement import ENOUGH
from bench.against.report import Comparison
from bench.against.report import show as show_comparison
from bench.against.trees import NotComparable, that_tree, this_tree
from bench.contenders import Machines, contenders, install_node_peer, machines
from bench.faults.cluster import ROOT
from bench.faults.people import raise_file_limit
from bench.report import Results, show
from bench.rows import ROWS, Row
from bench.rows.row import FULL, SHORT, Form

RESULTS = ROOT / "bench" / "results"
out = Console(width=150)


def main(
    short: Annotated[
        bool, typer.Option("--short", help="small and quick, for no figure worth naming")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="a row or a family of rows; may be given again")
    ] = None,
    rounds: Annotated[int | None, typer.Option(help="how often each contender has its turn")] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="COMMIT", help="measure the tree of this commit in turn, and no peer"),
    ] = None,
    results: Annotated[Path | None, typer.Option(help="where JSON, page and plots go")] = None,
) -> None:
    """Measures ours and its peers, in turn, on one machine, in one run."""
    raise_file_limit()
    form = SHORT if short else FULL
    if against is not None:
        measure_against(against, only, form, rounds, results or RESULTS / "against")
    else:
        measure_beside_peers(only, form, rounds, results or RESULTS / "performance")


def measure_beside_peers(only: list[str] | None, form: Form, rounds: int | None, results: Path) -> NoReturn:
    install_node_peer()
    rows = _some(chosen(only), ROWS)
    written = Results(results, form)
    complete = uvloop.run(_run(rows, form, rounds, written))
    show([row for row in rows if row.name in written.rows], written, out)
    sys.exit(not complete)


def measure_against(
    commit: str, only: list[str] | None, form: Form, rounds: int | None, results: Path
) -> NoReturn:
    rows = _some([row for row in chosen(only) if row.judged], [row for row in ROWS if row.judged])
    try:
        out.print(f"Preparing the tree of {commit}")
        this, that = this_tree(), that_tree(commit)
        written = Comparison(this.name, that.name, form, results)
        rounds = rounds or (form.rounds if form == SHORT else ENOUGH)
        complete = uvloop.run(compare(rows, (this, that), form, rounds, written, out))
    except NotComparable as reason:
        sys.exit(str(reason))
    show_comparison(written, out)
    sys.exit(not (complete and written.holds(rows)))


def _some(rows: list[Row], known: list[Row]) -> list[Row]:
    """Ends the program where there is none to measure."""
    if not rows:
        sys.exit(f"There is no such row; there are {', '.join(row.name for row in known)}.")
    return rows


async def _run(rows: list[Row], form: Form, rounds: int | None, results: Results) -> bool:
    async with machines() as on:
        return await measure_all(rows, on, form, rounds, results)


async def measure_all(
    rows: list[Row], on: Machines, form: Form, rounds: int | None, results: Results
) -> bool:
    """Writes what there is after each round. False if some row is without all of its rounds."""
    complete = True
    for number, row in enumerate(rows, 1):
        out.print(f"{datetime.now(UTC):%H:%M:%S} {number}/{len(rows)} {row.name}: {row.about}")
        try:
            await _measure(row, on, form, rounds or min(form.rounds, row.rounds or form.rounds), results)
        except Exception:  # noqa: BLE001 - the other rows have their turn; the exit code tells
            out.print_exception(max_frames=4)
            complete = False
    return complete


async def _measure(row: Row, on: Machines, form: Form, rounds: int, results: Results) -> None:
    """A B C A B C: so that what else the machine does strikes all alike."""
    known = contenders()
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in row.contenders}
    for _ in range(rounds):
        turn = [await row.measure(on, known[name], form) for name in row.contenders]
        for name, figures in zip(row.contenders, turn, strict=True):
            measured[name].append(figures)
        results.add(row, measured)


def chosen(names: list[str] | None) -> list[Row]:
    """Those of these names, and of families that are so named: `flat` is all that begin with `flat-`."""
    return [
        row
        for row in ROWS
        if not names or any(row.name == name or row.name.startswith(f"{name}-") for name in names)
    ]


if __name__ == "__main__":
    program = typer.Typer(pretty_exceptions_enable=False)
    program.command()(main)
    program()
