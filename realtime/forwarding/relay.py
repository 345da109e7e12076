"""Between instances: the client's bytes are carried to the owner and back, as long as the answer takes.

For a poll that is one request, for a websocket its whole life.
"""

import asyncio
import contextlib
import socket
from urllib.parse import urlsplit

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

CONNECT_WITHIN = 2.0  # seconds
CHUNK = 64 * 1024  # bytes


async def connected(url: str) -> Streams:
    """A connection to another instance. Raises OSError or TimeoutError."""
    parts = urlsplit(url)
    async with asyncio.timeout(CONNECT_WITHIN):
        return await asyncio.open_connection(parts.hostname, parts.port or 80)


async def relay(client: socket.socket, owner: Streams, request: bytes) -> None:
    """Sends the request on, then carries bytes both ways until either side closes."""
    there, back = owner
    back.write(request)
    reader, writer = await asyncio.open_connection(sock=client)
    ways = [asyncio.create_task(_carry(reader, back)), asyncio.create_task(_carry(there, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        back.close()
        writer.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
