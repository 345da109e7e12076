"""Bare TCP connections to an instance, for what no client of HTTP would send."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

PATIENCE = 30.0  # seconds


@dataclass(slots=True)
class Wire:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        """The next answer, of a known length."""
        async with asyncio.timeout(PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            _, _, after = head.lower().partition(b"content-length: ")
            return head + await self.reader.readexactly(int(after.partition(b"\r\n")[0] or 0))

    async def end(self) -> bytes:
        """What comes until the server closes."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""

    async def silence(self, seconds: float) -> None:
        """Lets so much time pass, in which the server is to say nothing."""
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(self.reader.readexactly(1), seconds)

    async def drip(self, byte: bytes) -> None:
        """Sends a byte ten times a second until the server closes."""
        closed = asyncio.create_task(self.end())
        while not closed.done():
            await asyncio.wait([closed], timeout=0.1)
            if not self.writer.is_closing():
                self.writer.write(byte)
        await closed


@asynccontextmanager
async def wire(
    url: str, *, receive_buffer: int | None = None, source: str | None = None
) -> AsyncIterator[Wire]:
    """A connection to the server at `url`; with a small buffer, from another address of this machine."""
    address = urlsplit(url)
    sock = socket.socket()
    sock.setblocking(False)
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    if source is not None:
        sock.bind((source, 0))
    await asyncio.get_running_loop().sock_connect(sock, (address.hostname, address.port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=4096 if receive_buffer else 2**16)
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()
