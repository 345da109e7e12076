"""Relaying a request to the instance that owns its session, and its response back to the client.

For a poll that is one request and its response, for a websocket all bytes of its life.
"""

import asyncio
import contextlib
import socket
from urllib.parse import urlsplit

StreamPair = tuple[asyncio.StreamReader, asyncio.StreamWriter]
"""The two directions of one connection."""

CONNECT_TIMEOUT = 2.0
"""Seconds to wait for a connection to another instance; then its sessions count as unknown."""
CHUNK_SIZE = 64 * 1024
"""Bytes that are read at once, at most."""


async def connect(url: str) -> StreamPair:
    """Connects to the instance at `url`. Raises OSError or TimeoutError."""
    parts = urlsplit(url)
    async with asyncio.timeout(CONNECT_TIMEOUT):
        return await asyncio.open_connection(parts.hostname, parts.port or 80)


async def relay(client: socket.socket, owner: StreamPair, request: bytes) -> None:
    """Sends `request` to the owner, then copies bytes both ways until either side closes; closes both."""
    from_owner, to_owner = owner
    to_owner.write(request)
    from_client, to_client = await asyncio.open_connection(sock=client)
    copies = [
        asyncio.create_task(_copy(from_client, to_owner)),
        asyncio.create_task(_copy(from_owner, to_client)),
    ]
    try:
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for copy in copies:
            copy.cancel()
        to_owner.close()
        to_client.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copies until the end of the stream, at the pace of the slower side. A lost connection is an end too."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK_SIZE):
            writer.write(data)
            await writer.drain()
