"""Processes of a test: none of them outlives it."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from typing import Any

Child = subprocess.Popen[Any]


@contextmanager
def child(command: Sequence[str | PathLike[str]], **options: Any) -> Iterator[Child]:
    """Runs this command, without its errors unless `options` say otherwise; killed at the end."""
    process = subprocess.Popen(command, **{"stderr": subprocess.DEVNULL, **options})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def kill(process: Child) -> None:
    """As `kill -9`: when this returns the process is gone."""
    process.kill()
    process.wait()
