"""The supervisor of the workers: starts them, restarts those that end, and stops all of them."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import structlog

from bitworks.hosting.workers.assignment import Assignment
from bitworks.hosting.workers.worker import WorkerProcess

log = structlog.get_logger(__name__)

RESTART_DELAYS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the first, second, … restart in a row of a worker; the last delay repeats."""
STABLE_AFTER = 10.0
"""Seconds that a worker must have lived for its next restart to be the first in a row."""


class WorkerFailed(Exception):
    """A worker did not start; its own line above says why."""


class Supervisor:
    """Runs `count` workers until `stop`, each with `assignment` and a number of its own, from 0."""

    def __init__(self, assignment: Assignment, count: int, stop: asyncio.Event) -> None:
        self._assignment = assignment
        self._count = count
        self._stop = stop
        self._serving: set[int] = set()
        self._started = False

    async def run(self, on_serving: Callable[[], None]) -> None:
        """Starts the workers, calls `on_serving` when all of them serve, and returns when all have ended.

        Sets `stop` in any case; cancelling it stops the workers too. Raises WorkerFailed if one ends before
        all have served: a restart would not mend that.
        """
        supervising = [
            asyncio.create_task(self._supervise(number, on_serving)) for number in range(self._count)
        ]
        try:
            await asyncio.gather(*supervising)
        finally:
            self._stop.set()
            await asyncio.gather(*supervising, return_exceptions=True)

    async def _supervise(self, number: int, on_serving: Callable[[], None]) -> None:
        """Runs the worker of this number again and again, until `stop`."""
        failures = 0
        while not self._stop.is_set():
            started_at = asyncio.get_running_loop().time()
            await self._run_once(number, on_serving)
            lived = asyncio.get_running_loop().time() - started_at
            failures = 1 if lived > STABLE_AFTER else failures + 1
            delay = RESTART_DELAYS[min(failures, len(RESTART_DELAYS)) - 1]
            await self._unless_stopped(asyncio.sleep(delay))

    async def _run_once(self, number: int, on_serving: Callable[[], None]) -> None:
        """Starts one worker process and waits for its end, or stops it at `stop`."""
        worker = await WorkerProcess.start(replace(self._assignment, number=number))
        try:
            await self._unless_stopped(self._watch(worker, number, on_serving))
        finally:
            self._serving.discard(number)
            await worker.stop()
        if not self._stop.is_set():
            log.warning("worker_ended", worker=number, pid=worker.pid, code=worker.exit_code)
            if not self._started:
                raise WorkerFailed(WorkerFailed.__doc__)

    async def _watch(self, worker: WorkerProcess, number: int, on_serving: Callable[[], None]) -> None:
        if await worker.wait_serving():
            log.info("worker_serving", worker=number, pid=worker.pid)
            self._serving.add(number)
            if not self._started and len(self._serving) == self._count:
                self._started = True
                on_serving()
        await worker.wait_ended()

    async def _unless_stopped(self, waiting: Coroutine[Any, Any, None]) -> None:
        """Returns when `waiting` has ended or `stop` is set; `waiting` is then cancelled."""
        tasks = [asyncio.create_task(waiting), asyncio.create_task(self._stop.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
