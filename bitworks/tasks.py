"""Work in the background.

Tasks: named, kept from garbage collection, their failures logged, ended together by their owner. Threads for what
computes for long.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

log = structlog.get_logger(__name__)

COMPUTING_NICENESS = 10
"""How far behind the event loop a thread stands that computes: where all cores are busy it has a tenth of its share."""
CANCEL_AGAIN = 0.05
"""Seconds after which a task that was cancelled and still runs is cancelled again, by `cancel_until_ended`."""


class Tasks:
    """The tasks of one owner. The event loop has only weak references to tasks, so this keeps the strong ones.

    `owner` is the first part of each task's name, as the log and a debugger show it.
    """

    __slots__ = ("_owner", "_running")

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._running: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Coroutine[Any, Any, Any], name: str = "work") -> "asyncio.Task[Any]":
        """Starts a task, which runs from the next iteration of the loop on, and returns it.

        `name` is the second part of the task's name. An exception of `work` is logged as `task_failed`.
        """
        task = asyncio.create_task(work, name=f"{self._owner}:{name}")
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def cancel(self) -> None:
        """Cancels all tasks without waiting for their end."""
        for task in self._running:
            task.cancel()

    async def finished(self) -> None:
        """Waits until no task runs, those that are started meanwhile included.

        Cancelling it leaves the tasks running.
        """
        while self._running:
            await asyncio.wait(self._running)

    async def stop(self) -> None:
        """Cancels all tasks and waits until they have ended."""
        self.cancel()
        await self.finished()

    async def stop_stubborn(self) -> None:
        """As `stop`, for tasks that may lose a cancellation: see `cancel_until_ended`."""
        await cancel_until_ended(self._running)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task_failed", task=task.get_name(), exc_info=error)


class Siblings:
    """Tasks of which the first that ends takes the others with it. For one `run` only.

    As in an asyncio.TaskGroup, but none that loses its cancellation can hold the others for ever.
    """

    __slots__ = ("_first_ended", "_running")

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._first_ended: asyncio.Future[asyncio.Task[Any]] = asyncio.get_running_loop().create_future()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Starts a task, also while the others run."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def run(self) -> None:
        """Waits for the first to end, then ends the others. Raises what the first raised.

        Cancelling it ends all.
        """
        try:
            first = await asyncio.shield(self._first_ended)
        finally:
            await cancel_until_ended(self._running)
        first.result()

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # asyncio would report one that nobody has looked at
        if not self._first_ended.done():
            self._first_ended.set_result(task)


async def cancel_until_ended(tasks: "Collection[asyncio.Task[Any]]") -> None:
    """Cancels tasks again and again until all have ended, those included that are added meanwhile.

    One cancellation may get lost: on Python 3.11 `asyncio.wait_for`, in which redis-py waits for its writes, returns as
    if there was none when the write is done in that moment. Not for tasks that have something to wait for when they are
    cancelled. If the caller is cancelled meanwhile, that is raised at the end.
    """
    interrupted: asyncio.CancelledError | None = None
    while tasks:
        for task in tasks:
            task.cancel()
        try:
            await asyncio.wait(tuple(tasks), timeout=CANCEL_AGAIN)
        except asyncio.CancelledError as error:
            interrupted = error
    if interrupted is not None:
        raise interrupted


def computing_threads(most: int, name: str) -> ThreadPoolExecutor:
    """Threads for what keeps a core busy without the interpreter's lock. The event loop goes before them.

    Without that a few who sign in at once would take the cores from everybody's messages. Where a thread has no
    priority of its own (anywhere but on Linux) they are threads like any other.
    """
    return ThreadPoolExecutor(most, thread_name_prefix=name, initializer=_step_back)


def _step_back() -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), COMPUTING_NICENESS)
