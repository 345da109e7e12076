"""A road to a server that can be closed and blocked, so that one instance can lose sight of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

State = Literal["open", "blocked", "closed"]


class Road:
    """TCP to `host` and `port`. Blocked, nothing moves and nothing is lost; closed, nobody gets through."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._passable = asyncio.Event()
        self._passable.set()
        self._closed = False
        self._writers: set[asyncio.StreamWriter] = set()

    def become(self, state: State) -> None:
        """Takes effect at once, for what is under way too."""
        self._closed = state == "closed"
        if state == "blocked":
            self._passable.clear()
        else:
            self._passable.set()
        if self._closed:
            self.cut()

    def cut(self) -> None:
        """Ends every connection; new ones are let through as before."""
        for writer in self._writers:
            writer.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        there, back = await asyncio.open_connection(self._host, self._port)
        ends = {writer, back}
        self._writers |= ends
        if self._closed:
            self.cut()
        try:
            await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))
        finally:
            self._writers -= ends

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await self._passable.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def road_to(url: str) -> AsyncIterator[tuple[Road, str]]:
    """A road to the server of this URL, and the URL by which it is taken."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    road = Road(parts.hostname, parts.port)
    server = await asyncio.start_server(road.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield road, urlunsplit(parts._replace(netloc=f"127.0.0.1:{port}"))
    finally:
        server.close()
        road.become("closed")
        await server.wait_closed()
