"""Instances that are processes of their own, so that they can be killed."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import psutil

from tests.support.instances import SECRET
from tests.support.people import PATIENCE
from tests.support.program import ROOT, environment


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An instance in another process: only its address is known."""

    url: str


@contextmanager
def program(code: str, database_url: str, redis_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Runs this Python, with `serve` as its argument, on these servers."""
    settings = {"database_url": database_url, "redis_url": redis_url, "secret_key": SECRET}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve"],
        env={**environment(**settings, host="127.0.0.1"), "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
        cwd=os.fspath(ROOT),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def until_it_listens(process: "subprocess.Popen[bytes]") -> str:
    """The URL of what the process serves."""
    async with asyncio.timeout(3 * PATIENCE):
        while True:
            found = await asyncio.to_thread(psutil.Process(process.pid).net_connections)
            if listening := [one for one in found if one.status == psutil.CONN_LISTEN]:
                return f"http://127.0.0.1:{listening[0].laddr.port}"


@asynccontextmanager
async def a_process(
    database_url: str, redis_url: str
) -> AsyncIterator[tuple["subprocess.Popen[bytes]", Elsewhere]]:
    """The program itself, serving."""
    with program("from cli import main; main()", database_url, redis_url) as process:
        yield process, Elsewhere(await until_it_listens(process))
