"""Tasks that run beside what started them: named, never lost, their failures logged, ended together."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Tasks:
    """The tasks of one owner. The loop keeps weak references only, so this keeps the strong ones.

    `owner` is the first part of each task's name, as the log and a debugger show it.
    """

    __slots__ = ("_owner", "_running")

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._running: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Coroutine[Any, Any, Any], name: str = "work") -> "asyncio.Task[Any]":
        """Runs it from the next turn of the loop on. What it raises is logged, and raised nowhere."""
        task = asyncio.create_task(work, name=f"{self._owner}:{name}")
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def cancel(self) -> None:
        """Asks all of them to end; does not wait for it."""
        for task in self._running:
            task.cancel()

    async def finished(self) -> None:
        """Waits until none runs, those that are started meanwhile included."""
        while self._running:
            await asyncio.wait(self._running)

    async def stop(self) -> None:
        """Cancels all and waits until they have ended."""
        self.cancel()
        await self.finished()

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task_failed", task=task.get_name(), exc_info=error)
