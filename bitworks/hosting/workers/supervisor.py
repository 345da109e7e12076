"""The parent of the workers: starts them, starts those again that die, and ends them all."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import structlog

from bitworks.hosting.workers.assignment import Assignment
from bitworks.hosting.workers.worker import WorkerProcess

log = structlog.get_logger(__name__)

# Before the first, second, … start in a row of a worker that did not live for STABLE_AFTER; all in seconds.
RESTART_DELAYS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
STABLE_AFTER = 10.0


class WorkerFailed(Exception):
    """A worker did not start; its own line above says why."""


class Supervisor:
    """Keeps `count` workers until `stop`, each told what `assignment` says but for its number."""

    def __init__(self, assignment: Assignment, count: int, stop: asyncio.Event) -> None:
        self._assignment = assignment
        self._count = count
        self._stop = stop
        self._serving: set[int] = set()
        self._started = False

    async def run(self, on_serving: Callable[[], None]) -> None:
        """Calls `on_serving` once all of them do. Returns when all have ended.

        Raises WorkerFailed if one ends before that, because starting it again would not mend it.
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
        failures = 0
        while not self._stop.is_set():
            started_at = asyncio.get_running_loop().time()
            await self._run_once(number, on_serving)
            lived = asyncio.get_running_loop().time() - started_at
            failures = 1 if lived > STABLE_AFTER else failures + 1
            delay = RESTART_DELAYS[min(failures, len(RESTART_DELAYS)) - 1]
            await self._unless_stopped(asyncio.sleep(delay))

    async def _run_once(self, number: int, on_serving: Callable[[], None]) -> None:
        """One life of one worker."""
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
        """Waits for this, or for `stop`."""
        tasks = [asyncio.create_task(waiting), asyncio.create_task(self._stop.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
