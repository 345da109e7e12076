"""Background tasks: named, kept from garbage collection, their failures logged, ended together by their owner."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


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

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task_failed", task=task.get_name(), exc_info=error)
