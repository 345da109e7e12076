"""A worker process, as its parent sees it."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import Process
from typing import Self

from bitworks.hosting.workers.assignment import SERVING, Assignment

PROGRAM = (sys.executable, "-c", "from bitworks.hosting.cli import main; main()", "worker")
"""The command of a worker: this interpreter, and the program that runs in it."""
STOP_TIMEOUT = 25.0
"""Seconds to wait for a worker to stop before it is killed.

Longer than a worker takes to disconnect its devices and to finish its requests."""


class WorkerProcess:
    """One process. Made by `start`; each must be ended with `stop`."""

    def __init__(self, process: Process, channel: socket.socket) -> None:
        self._process = process
        self._channel = channel

    @classmethod
    async def start(cls, assignment: Assignment) -> Self:
        """Starts the process and sends it its assignment."""
        # In a session of its own: the terminal then sends SIGINT to the parent only, which stops its workers.
        ours, its = socket.socketpair()
        with its:
            process = await asyncio.create_subprocess_exec(
                *PROGRAM, stdin=its.fileno(), pass_fds=assignment.listeners, start_new_session=True
            )
        ours.setblocking(False)
        await asyncio.get_running_loop().sock_sendall(ours, assignment.to_line())
        return cls(process, ours)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code; negative for the signal that ended it, None while it runs."""
        return self._process.returncode

    async def wait_serving(self) -> bool:
        """Waits until the worker serves. Returns False if it ended before."""
        return await asyncio.get_running_loop().sock_recv(self._channel, 1) == SERVING

    async def wait_ended(self) -> None:
        """Waits until the process has ended."""
        await self._process.wait()

    async def stop(self) -> None:
        """Sends SIGTERM, waits for the end, and kills the process after STOP_TIMEOUT."""
        with self._channel:
            if self._process.returncode is None:
                self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_TIMEOUT)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
