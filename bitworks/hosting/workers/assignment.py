"""What a worker is told by its parent, over the socket that is its standard input.

One line of JSON comes down; one byte goes up when the worker serves. Either end sees the other's death.
"""

import asyncio
import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from bitworks.realtime.forwarding import Placement
from bitworks.realtime.forwarding.session_ids import Owner

SERVING = b"1"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Everything that a worker cannot read from its environment. `listeners` are inherited descriptors."""

    number: int
    host: str
    directory: str
    database_url: str
    redis_url: str
    secret: str
    listeners: tuple[int, ...]

    def to_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        return cls(**json.loads(line))

    @property
    def placement(self) -> Placement:
        return Placement(self.secret, Owner(self.host, self.number), Path(self.directory))


class Parent:
    """The worker's end."""

    def __init__(self) -> None:
        self._channel = socket.socket(fileno=0)

    def assignment(self) -> Assignment:
        """Waits for it. Blocks."""
        with self._channel.makefile("rb") as lines:
            return Assignment.from_line(lines.readline())

    def report_serving(self) -> None:
        self._channel.send(SERVING)

    def stop_when_gone(self, stop: asyncio.Event) -> None:
        """Sets `stop` when the parent is gone, however it went."""
        self._channel.setblocking(False)
        loop = asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(self._channel)
            stop.set()

        loop.add_reader(self._channel, gone)
