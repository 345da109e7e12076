"""Relaying a request to the instance that owns its session, and its response back to the client.

Of a websocket that is all bytes of its life. Of anything else it is one request and one response: whatever the client
sends behind is dropped, so that nothing reaches the other instance by this way but what was forwarded.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import urlsplit

from bitworks.realtime.engine.kernel import unacknowledged

StreamPair = tuple[asyncio.StreamReader, asyncio.StreamWriter]
"""The two directions of one connection."""

CONNECT_TIMEOUT = 2.0
"""Seconds to wait for a connection to another instance; then its sessions count as unknown."""
HANDSHAKE_TIMEOUT = 10.0
"""Seconds that the owner may take to respond to the handshake of a websocket."""
CHUNK_SIZE = 64 * 1024
"""Bytes that are read at once, at most."""
CLIENT_WINDOW = 60.0
"""Seconds in which a client must take CLIENT_PACE bytes of what waits for it: longer than its owner is patient with it.
While the client takes nothing the owner is not read either, so that its end would never be noticed."""
CLIENT_PACE = 15 * 1024
"""Bytes that the slowest client takes in CLIENT_WINDOW."""


async def connect(url: str) -> StreamPair:
    """Connects to the instance at `url`. Raises OSError or TimeoutError."""
    parts = urlsplit(url)
    async with asyncio.timeout(CONNECT_TIMEOUT):
        return await asyncio.open_connection(parts.hostname, parts.port or 80)


async def relay_request(client: socket.socket, owner: StreamPair, request: bytes, missing: int) -> None:
    """Sends `request`, and the `missing` bytes of its body as they come; copies the response until the owner closes.

    Ends when either side has closed; closes both. The request must ask the owner to close.
    """
    from_owner, to_owner = owner
    async with _both(client, owner) as (from_client, to_client):
        to_owner.write(request)
        await _first_of(_send_rest(from_client, to_owner, missing), _copy_to_client(from_owner, to_client))


async def relay_websocket(client: socket.socket, owner: StreamPair, request: bytes) -> None:
    """Sends the handshake `request`; if the owner accepts it, copies bytes both ways until either side closes.

    If it does not, its response is all that is copied. Closes both.
    """
    from_owner, to_owner = owner
    async with _both(client, owner) as (from_client, to_client):
        async with asyncio.timeout(HANDSHAKE_TIMEOUT):
            to_owner.write(request)
            head = await from_owner.readuntil(b"\r\n\r\n")
            to_client.write(head)
            if not _switches(head):
                return await _copy_to_client(from_owner, to_client)
        await _first_of(_copy(from_client, to_owner), _copy_to_client(from_owner, to_client))


def _switches(head: bytes) -> bool:
    """Returns whether this response switches to the other protocol."""
    return head.split(b" ", 2)[1:2] == [b"101"]


@asynccontextmanager
async def _both(client: socket.socket, owner: StreamPair) -> AsyncIterator[StreamPair]:
    """Opens the streams of the client, and closes both connections at the end. One that is lost is an end too."""
    from_client, to_client = await asyncio.open_connection(sock=client)
    try:
        with contextlib.suppress(
            OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
        ):
            yield from_client, to_client
    finally:
        owner[1].close()
        # What the client was to have, it has: closing would wait without end for one that does not read.
        to_client.transport.abort()


async def _first_of(*ways: Coroutine[Any, Any, None]) -> None:
    """Returns when one of these has ended, and cancels the others."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _send_rest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, missing: int) -> None:
    """Copies `missing` bytes, and drops what comes behind them; returns when the client has hung up.

    An owner that takes no more of them has answered already: the client is to read that.
    """
    while data := await _read(reader):
        with contextlib.suppress(OSError):
            writer.write(data[:missing])
            missing -= min(missing, len(data))
            await writer.drain()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copies until the end of the stream, at the pace of the slower side. A lost connection is an end too."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK_SIZE):
            writer.write(data)
            await writer.drain()


async def _copy_to_client(from_owner: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
    """As `_copy`, until the client's kernel has all of it. A client that takes less than its pace is an end too."""
    with contextlib.suppress(OSError):
        while data := await from_owner.read(CHUNK_SIZE):
            to_client.write(data)
            await _drain_at_pace(to_client)
        if not to_client.is_closing():
            to_client.transport.set_write_buffer_limits(0)
        await _drain_at_pace(to_client)


async def _drain_at_pace(to_client: asyncio.StreamWriter) -> None:
    """Waits as `drain`. Raises TimeoutError if the client takes less than CLIENT_PACE in CLIENT_WINDOW."""
    while True:
        before = _waiting(to_client)
        try:
            async with asyncio.timeout(CLIENT_WINDOW):
                return await to_client.drain()
        except TimeoutError:
            if before - _waiting(to_client) < CLIENT_PACE:
                raise


def _waiting(writer: asyncio.StreamWriter) -> int:
    """Bytes that its peer has not acknowledged yet."""
    transport = cast(asyncio.Transport, writer.transport)
    return transport.get_write_buffer_size() + unacknowledged(transport)


async def _read(reader: asyncio.StreamReader) -> bytes:
    """The next bytes; none at the end of the stream, or where the connection is lost."""
    try:
        return await reader.read(CHUNK_SIZE)
    except OSError:
        return b""
