"""The assignment of a worker, sent by its parent over the socket that is the worker's standard input.

The parent sends one line of JSON; the worker sends one byte when it serves. Either end sees the end of the
stream when the other process has ended.
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
"""The byte that a worker sends when it serves."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker cannot read from its environment."""

    number: int
    """Which of the workers it is, from 0."""
    host: str
    """The `host` of the owner in its session ids: the instance's URL for others, or a random name."""
    directory: str
    """The folder of the workers' Unix sockets, which only the parent's user may enter."""
    database_url: str
    """The URL of the database, which the parent may have started."""
    redis_url: str
    """The URL of the Redis that the workers share, which the parent may have started."""
    secret: str
    """The secret under which tokens and session ids are signed."""
    listeners: tuple[int, ...]
    """The file descriptors of the listening sockets, inherited from the parent."""

    def to_line(self) -> bytes:
        """Encodes it as one line of JSON, with its newline."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Decodes what `to_line` encoded."""
        return cls(**json.loads(line))

    @property
    def placement(self) -> Placement:
        """The place of this worker among all, for its session ids and for forwarding."""
        return Placement(self.secret, Owner(self.host, self.number), Path(self.directory))


class Parent:
    """The parent process, as a worker sees it. Make one only: it takes over the standard input."""

    def __init__(self) -> None:
        self._channel = socket.socket(fileno=0)

    def assignment(self) -> Assignment:
        """Returns the assignment. Blocks until it has come."""
        with self._channel.makefile("rb") as lines:
            return Assignment.from_line(lines.readline())

    def report_serving(self) -> None:
        """Sends the parent the byte that the worker serves."""
        self._channel.send(SERVING)

    def stop_when_gone(self, stop: asyncio.Event) -> None:
        """Sets `stop` when the parent has ended, also if it was killed."""
        self._channel.setblocking(False)
        loop = asyncio.get_running_loop()

        # The parent sends nothing behind the assignment, so readable means closed.
        def gone() -> None:
            loop.remove_reader(self._channel)
            stop.set()

        loop.add_reader(self._channel, gone)
