"""Between instances: the client's bytes are carried to the owner and back, as long as the answer takes.

For a poll that is one request, for a websocket its whole life.
"""

import asyncio
import contextlib
import socket
from urllib.parse import urlsplit

StreamPair = tuple[asyncio.StreamReader, asyncio.StreamWriter]

CONNECT_TIMEOUT = 2.0  # seconds
CHUNK_SIZE = 64 * 1024  # bytes


async def connect(url: str) -> StreamPair:
    """A connection to another instance. Raises OSError or TimeoutError."""
    parts = urlsplit(url)
    async with asyncio.timeout(CONNECT_TIMEOUT):
        return await asyncio.open_connection(parts.hostname, parts.port or 80)


async def relay(client: socket.socket, owner: StreamPair, request: bytes) -> None:
    """Sends the request on, then carries bytes both ways until either side closes."""
    there, back = owner
    back.write(request)
    reader, writer = await asyncio.open_connection(sock=client)
    copies = [asyncio.create_task(_copy(reader, back)), asyncio.create_task(_copy(there, writer))]
    try:
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for copy in copies:
            copy.cancel()
        back.close()
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK_SIZE):
            writer.write(data)
            await writer.drain()
