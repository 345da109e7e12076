"""`python -m bench`: measures ours and its peers in turn. The exit code is 1 if a measurement failed."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.contenders import Machines, contenders, install_node_peer, machines
from bench.faults.cluster import ROOT
from bench.faults.people import raise_file_limit
from bench.report import Results, show
from bench.rows import ROWS, Row
from bench.rows.row import FULL, SHORT, Form

RESULTS = ROOT / "bench" / "results" / "performance"
out = Console(width=150)


def main(
    short: Annotated[
        bool, typer.Option("--short", help="small and quick, for no figure worth naming")
    ] = False,
    only: Annotated[list[str] | None, typer.Option(help="a row's name; may be given again")] = None,
    rounds: Annotated[int | None, typer.Option(help="how often each contender has its turn")] = None,
    results: Annotated[Path, typer.Option(help="where JSON, page and plots go")] = RESULTS,
) -> None:
    """Measures ours and its peers, in turn, on one machine, in one run."""
    raise_file_limit()
    install_node_peer()
    rows = [row for row in ROWS if not only or row.name in only]
    if not rows:
        sys.exit(f"There is no such row; there are {', '.join(row.name for row in ROWS)}.")
    form = SHORT if short else FULL
    written = Results(results, form)
    complete = asyncio.run(_run(rows, form, rounds, written))
    show([row for row in rows if row.name in written.rows], written, out)
    sys.exit(not complete)


async def _run(rows: list[Row], form: Form, rounds: int | None, results: Results) -> bool:
    """Writes each row as soon as there is one."""
    complete = True
    async with machines() as on:
        for number, row in enumerate(rows, 1):
            out.print(f"{number}/{len(rows)} {row.name}: {row.about}")
            try:
                measured = await _measure(
                    row, on, form, rounds or min(form.rounds, row.rounds or form.rounds)
                )
            except Exception:  # noqa: BLE001 - the other rows have their turn; the exit code tells
                out.print_exception(max_frames=4)
                complete = False
            else:
                results.add(row, measured)
    return complete


async def _measure(row: Row, on: Machines, form: Form, rounds: int) -> dict[str, list[dict[str, float]]]:
    """A B C A B C: so that what else the machine does strikes all alike."""
    known = contenders()
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in row.contenders}
    for _ in range(rounds):
        for name in row.contenders:
            measured[name].append(await row.measure(on, known[name], form))
    return measured


if __name__ == "__main__":
    program = typer.Typer(pretty_exceptions_enable=False)
    program.command()(main)
    program()
