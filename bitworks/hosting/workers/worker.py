"""One worker process, as its parent sees it."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import Process
from typing import Self

from bitworks.hosting.workers.assignment import SERVING, Assignment

PROGRAM = (sys.executable, "-c", "from bitworks.hosting.cli import main; main()", "worker")
# Longer than a worker takes to send its devices elsewhere and to finish its requests, in seconds.
STOP_TIMEOUT = 25.0


class WorkerProcess:
    """Start one with `start`; `end` must follow."""

    def __init__(self, process: Process, channel: socket.socket) -> None:
        self._process = process
        self._channel = channel

    @classmethod
    async def start(cls, assignment: Assignment) -> Self:
        """A process in a session of its own: a Ctrl-C in the terminal is the parent's to handle."""
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
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    async def wait_serving(self) -> bool:
        """Waits until it does. False if it ended instead."""
        return await asyncio.get_running_loop().sock_recv(self._channel, 1) == SERVING

    async def wait_ended(self) -> None:
        await self._process.wait()

    async def stop(self) -> None:
        """Lets it finish what is under way; kills it if that takes too long."""
        with self._channel:
            if self._process.returncode is None:
                self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_TIMEOUT)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
