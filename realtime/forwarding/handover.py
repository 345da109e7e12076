"""Between the workers of one instance: the client's connection itself is handed over, through a Unix socket.

Whoever takes it over sees the true address of the client, and answers it with nobody in between.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

_LENGTH = struct.Struct(">I")
BACKLOG = 1024
RECEIVE_TIMEOUT = 10.0  # seconds


async def connect(path: Path) -> socket.socket:
    """A connection to the worker that receives there. Raises OSError if there is none."""
    worker = socket.socket(socket.AF_UNIX)
    worker.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(worker, str(path))
    except BaseException:
        worker.close()
        raise
    return worker


async def hand_over(worker: socket.socket, client: socket.socket, request: bytes) -> None:
    """Gives a connection away, with the request that was read from it."""
    socket.send_fds(worker, [_LENGTH.pack(len(request))], [client.fileno()])
    await asyncio.get_running_loop().sock_sendall(worker, request)


@asynccontextmanager
async def serve_handovers(path: Path, serve: Callable[[], asyncio.Protocol]) -> AsyncIterator[None]:
    """Serves the connections that are handed over at `path`, each with a protocol that `serve` makes."""
    with _listener(path) as listener:
        accepting = asyncio.create_task(_accept(listener, serve))
        try:
            yield
        finally:
            accepting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await accepting


def _listener(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # of a worker that was killed
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


async def _accept(listener: socket.socket, serve: Callable[[], asyncio.Protocol]) -> None:
    async with asyncio.TaskGroup() as receiving:
        while True:
            worker, _ = await asyncio.get_running_loop().sock_accept(listener)
            receiving.create_task(_receive_connection(worker, serve))


async def _receive_connection(worker: socket.socket, serve: Callable[[], asyncio.Protocol]) -> None:
    try:
        with worker:
            async with asyncio.timeout(RECEIVE_TIMEOUT):
                client, request = await _read_handover(worker)
        _, protocol = await asyncio.get_running_loop().connect_accepted_socket(serve, client)
        protocol.data_received(request)
    except (OSError, EOFError, TimeoutError) as error:
        log.warning("handover_failed", error=type(error).__name__)


async def _read_handover(worker: socket.socket) -> tuple[socket.socket, bytes]:
    await _wait_readable(worker)
    prefix, descriptors, _, _ = socket.recv_fds(worker, _LENGTH.size, 1)
    if not descriptors:
        raise EOFError
    client = socket.socket(fileno=descriptors[0])
    client.setblocking(False)
    try:
        return client, await _read_exactly(worker, _LENGTH.unpack(prefix)[0])
    except BaseException:
        client.close()
        raise


async def _wait_readable(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(sock, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sock)


async def _read_exactly(sock: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        part = await asyncio.get_running_loop().sock_recv(sock, length - len(data))
        if not part:
            raise EOFError
        data += part
    return bytes(data)
