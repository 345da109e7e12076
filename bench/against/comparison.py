"""Both trees on one PostgreSQL and one Valkey, each with a database of its own, measured in turn."""

import asyncio
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
from rich.console import Console

from bench.against.judgement import Measured, Side, turns
from bench.against.report import Comparison
from bench.against.trees import NotComparable, Tree, last_lines
from bench.contenders import Contender, Machines, NotStarted, machines
from bench.ports import held_port
from bench.rows.row import Form, Row


async def compare(
    rows: Sequence[Row], trees: Sequence[Tree], form: Form, rounds: int, written: Comparison, out: Console
) -> bool:
    """Writes what there is after each round. False if some row is without all of its rounds. Raises
    `NotComparable` before anything is measured, where a tree cannot be served.
    """
    async with machines() as on:
        for tree in trees:
            await _prepare(on, tree)
        contenders = {tree.side: tree.contender for tree in trees}
        complete = True
        for number, row in enumerate(rows, 1):
            out.print(f"{datetime.now(UTC):%H:%M:%S} {number}/{len(rows)} {row.name}: {row.about}")
            try:
                await measure(row, on, contenders, form, rounds, written)
            except Exception:  # noqa: BLE001 - the other rows have their turn; the exit code tells
                out.print_exception(max_frames=4)
                complete = False
        return complete


async def measure(
    row: Row, on: Machines, contenders: dict[Side, Contender], form: Form, rounds: int, written: Comparison
) -> None:
    """A round counts once both have had their turn."""
    measured: Measured = {"this": [], "that": []}
    for order in turns(rounds):
        turn = {side: await row.measure(on, contenders[side], form) for side in order}
        for side in order:
            measured[side].append(turn[side])
        written.add(row, measured)


async def _prepare(on: Machines, tree: Tree) -> None:
    """A database of the tree's own schema, made by its own program. Its first server begins the history, and
    shows that it starts.
    """
    connection = await asyncpg.connect(on.postgresql.url)
    await connection.execute(f"create database {tree.contender.database}")
    await connection.close()
    with held_port() as port:
        await asyncio.to_thread(_migrate, tree, on.environment(tree.contender, port))
    try:
        async with on.serving(tree.contender):
            pass
    except NotStarted as failed:
        raise NotComparable(f"{tree.name} ({tree.root}): {failed}") from None


def _migrate(tree: Tree, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*tree.program, "migrate"],
        cwd=tree.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = last_lines(done.stdout + done.stderr)
        raise NotComparable(f"{tree.name} ({tree.root}): its database was not migrated: {said}")
