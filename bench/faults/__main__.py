"""`python -m bench.faults`: runs the programme. The exit code is 1 if a row is over its bar."""

import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from bench.faults.cluster import ROOT, machines
from bench.faults.form import FULL, SHORT, Form
from bench.faults.people import raise_file_limit
from bench.faults.programme import named, run_fault
from bench.faults.report import read, show, write
from bench.faults.stage import Fault

RESULTS = ROOT / "bench" / "results" / "faults"
out = Console(width=150)


def main(
    short: Annotated[bool, typer.Option("--short", help="a few seconds a fault")] = False,
    only: Annotated[list[str] | None, typer.Option(help="a fault's name; may be given again")] = None,
    results: Annotated[Path, typer.Option(help="where JSON, page and plots go")] = RESULTS,
) -> None:
    """Breaks things under load, and judges what the devices saw."""
    raise_file_limit()
    form = SHORT if short else FULL
    try:
        faults = named(only or [])
    except KeyError as unknown:
        sys.exit(f"There is no fault named {unknown}.")
    done = uvloop.run(_run(faults, form, results))
    rows = [row for row in read(form, results) if row.name in done]
    show(rows, out)
    sys.exit(len(done) < len(faults) or any(row.over for row in rows))


async def _run(faults: list[Fault], form: Form, results: Path) -> set[str]:
    """Writes each row as soon as there is one. Gives the names of those that there are."""
    done = set()
    async with machines() as on:
        for number, fault in enumerate(faults, 1):
            out.print(f"{number}/{len(faults)} {fault.name}: {fault.about}")
            try:
                write(await run_fault(fault, on, form), form, results)
                done.add(fault.name)
            except Exception:  # noqa: BLE001 - the other faults have their turn; the exit code tells
                out.print_exception()
    return done


if __name__ == "__main__":
    program = typer.Typer(pretty_exceptions_enable=False)
    program.command()(main)
    program()
