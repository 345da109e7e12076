"""A road to a server that can be closed and blocked, so that one instance can lose sight of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import parse_qs, urlsplit, urlunsplit

POSTGRESQL_PORT = 5432
State = Literal["open", "blocked", "closed"]


class Road:
    """TCP to `host` and `port`, or to PostgreSQL's Unix socket in the folder `host`.

    Blocked, nothing moves and nothing is lost; closed, nobody gets through.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._passable = asyncio.Event()
        self._passable.set()
        self._closed = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._last_words: bytes | None = None
        self._loses = False
        self.swallowing = False

    def become(self, state: State) -> None:
        """Takes effect at once, for what is under way too."""
        self._closed = state == "closed"
        if state == "blocked":
            self._passable.clear()
        else:
            self._passable.set()
        if self._closed:
            self.cut()

    def swallow_the_response_to(self, last_words: bytes) -> None:
        """Once these words have gone to the server, nothing comes back, until it is `cut`."""
        self._last_words, self._loses = last_words, False

    def lose(self, last_words: bytes) -> None:
        """As above, but the words themselves are lost too."""
        self._last_words, self._loses = last_words, True

    def cut(self) -> None:
        """Ends every connection; new ones are let through as before."""
        self.swallowing = False
        for writer in self._writers:
            writer.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        there, back = await self._open()
        ends = {writer, back}
        self._writers |= ends
        if self._closed:
            self.cut()
        try:
            await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer, from_server=True))
        finally:
            self._writers -= ends

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._host.startswith("/"):
            return await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._port}")
        return await asyncio.open_connection(self._host, self._port)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, from_server: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await self._passable.wait()
                if not from_server and self._last_words and self._last_words in data:
                    self._last_words, self.swallowing = None, True
                    if self._loses:
                        continue
                if not (from_server and self.swallowing):
                    writer.write(data)
                    await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def road_to(url: str, at: str = "127.0.0.1") -> AsyncIterator[tuple[Road, str]]:
    """A road to the server of this URL, and the URL by which it is taken, at an address of this machine."""
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query)["host"][0]
    road = Road(host, parts.port or POSTGRESQL_PORT)
    server = await asyncio.start_server(road.carry, at, 0)
    port = server.sockets[0].getsockname()[1]
    user = f"{parts.username}@" if parts.username else ""
    host = f"[{at}]" if ":" in at else at
    try:
        yield road, urlunsplit(parts._replace(netloc=f"{user}{host}:{port}", query=""))
    finally:
        server.close()
        road.become("closed")
        await server.wait_closed()
