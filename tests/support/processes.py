"""Instances that are processes of their own, so that they can be killed."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import psutil

from tests.support.children import Child, child
from tests.support.instances import SECRET, Instance
from tests.support.people import PATIENCE
from tests.support.program import MAIN, ROOT, at, environment


@contextmanager
def program(code: str, command: str = "serve", **settings: object) -> Iterator[Child]:
    """Runs this Python, with a command of the program as its argument."""
    chosen = environment(**{"secret_key": SECRET, "host": "127.0.0.1", **settings})
    with child([sys.executable, "-c", code, command], env=chosen, cwd=ROOT) as process:
        yield process


async def until_it_listens(process: Child) -> str:
    """The URL of what the process serves."""
    async with asyncio.timeout(3 * PATIENCE):
        while True:
            found = await asyncio.to_thread(psutil.Process(process.pid).net_connections)
            if listening := [one for one in found if one.status == psutil.CONN_LISTEN]:
                return f"http://127.0.0.1:{listening[0].laddr.port}"


@asynccontextmanager
async def a_process(
    database_url: str, redis_url: str, **settings: object
) -> AsyncIterator[tuple[Child, Instance]]:
    """The program itself, serving."""
    with program(MAIN, database_url=database_url, redis_url=redis_url, **settings) as process:
        yield process, at(await until_it_listens(process))
