"""One system call for all packets that one iteration of the event loop sends to a socket.

A message and its acknowledgement, or a page of missed changes, are sent packet by packet and leave together.
The kernel's part of a send, some 9 µs on loopback, costs more than all the rest.
"""

import asyncio
from typing import Protocol


class Flushable(Protocol):
    """A socket with packets that wait to be sent."""

    def flush(self) -> None:
        """Hands all waiting packets to the kernel. Must not raise."""


class FlushBatch:
    """The sockets to flush, once each, behind the callbacks of the present iteration of the event loop."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[Flushable] = []

    def add(self, one: Flushable) -> None:
        """Adds a socket that has begun to wait. It must not be added again before it is flushed."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(one)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.flush()
