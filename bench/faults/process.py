"""Processes of the bench, which are told what to do line by line and answer so."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from bench.faults.cluster import ROOT

POLL = 0.02  # seconds


class ProcessFailed(Exception):
    """A process of the bench ended by itself."""


@asynccontextmanager
async def python_module(name: str, first_line: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process of the bench; killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", name,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    try:
        await tell(process, first_line)
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def tell(process: asyncio.subprocess.Process, line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line.encode() + b"\n")
    await process.stdin.drain()


async def hear(process: asyncio.subprocess.Process) -> str:
    """The next line. Raises `ProcessFailed` if it says nothing more."""
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode().strip()
    if not line:
        raise ProcessFailed(ProcessFailed.__doc__)
    return line


async def next_order() -> str:
    """In such a process: the next line that it is told, empty when the bench is gone."""
    line: str = await asyncio.to_thread(sys.stdin.readline)
    return line.strip()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - what is waited for is spread over many objects
        await asyncio.sleep(POLL)
