"""A balancer without stickiness: each request goes to the next server, whoever sends it."""

import asyncio
import contextlib
import itertools
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Crossroads:
    def __init__(self, urls: list[str]) -> None:
        self._next: Iterator[str] = itertools.cycle(urls)
        self.taken = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, and what follows it on a websocket."""
        with contextlib.suppress(OSError, EOFError):
            head = await reader.readuntil(b"\r\n\r\n")
            parts = urlsplit(next(self._next))
            self.taken += 1
            there, back = await asyncio.open_connection(parts.hostname, parts.port)
            back.write(_alone(head))
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        writer.transport.abort()


def _alone(head: bytes) -> bytes:
    """The request with no other to follow it on its connection."""
    if b"upgrade: websocket" in head.lower():
        return head
    head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head)
    return head[:-2] + b"Connection: close\r\n\r\n"


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def crossroads(*urls: str) -> AsyncIterator[tuple[Crossroads, str]]:
    """A balancer before these servers, and its URL."""
    balancer = Crossroads(list(urls))
    server = await asyncio.start_server(balancer.carry, "127.0.0.1", 0)
    try:
        yield balancer, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
