"""Handing a client's TCP connection over to another worker of the instance, through a Unix socket.

The worker that receives it sees the true address of the client and responds to it directly. Nothing is
copied, however long the connection lives.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import structlog

log = structlog.get_logger(__name__)

_LENGTH = struct.Struct(">I")  # before the request: its length in bytes
BACKLOG = 1024
"""Handovers that may wait to be accepted; more are refused."""
ACCEPT_PAUSE = 1.0
"""Seconds until handovers are accepted again after an error, such as that no descriptor is left; as asyncio does."""
RECEIVE_TIMEOUT = 10.0
"""Seconds to wait for the whole of one handover: the other worker may have died in the middle."""


async def connect(path: Path) -> socket.socket:
    """Connects to the worker that listens at `path`. Raises OSError if there is none."""
    worker = socket.socket(socket.AF_UNIX)
    worker.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(worker, str(path))
    except BaseException:
        worker.close()
        raise
    return worker


async def hand_over(worker: socket.socket, client: socket.socket, request: bytes) -> None:
    """Sends a connection, and the request that was read from it, to `worker`. Raises OSError.

    The caller must close its own copy of `client`.
    """
    socket.send_fds(worker, [_LENGTH.pack(len(request))], [client.fileno()])
    await asyncio.get_running_loop().sock_sendall(worker, request)


@asynccontextmanager
async def serve_handovers(path: Path, serve: Callable[[], asyncio.Protocol]) -> AsyncIterator[None]:
    """Serves the connections that are handed over at `path`, for as long as the block runs.

    `serve` makes a protocol for each, which is given the request first. Connections that are served already
    outlive the block.
    """
    with _listener(path) as listener:
        accepting = asyncio.create_task(_accept(listener, serve))
        try:
            yield
        finally:
            accepting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await accepting


def _listener(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # the socket of a worker that was killed and restarted
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


async def _accept(listener: socket.socket, serve: Callable[[], asyncio.Protocol]) -> None:
    async with asyncio.TaskGroup() as receiving:
        while True:
            try:
                worker, _ = await asyncio.get_running_loop().sock_accept(listener)
            except OSError as error:
                log.warning("handovers_not_accepted", error=str(error))
                await asyncio.sleep(ACCEPT_PAUSE)
            else:
                receiving.create_task(_receive_connection(worker, serve))


async def _receive_connection(worker: socket.socket, serve: Callable[[], asyncio.Protocol]) -> None:
    """Receives one connection and serves it. Logs a failure; the client then sees a closed connection."""
    try:
        with worker:
            async with asyncio.timeout(RECEIVE_TIMEOUT):
                client, request = await _read_handover(worker)
        await _serve(client, serve, request)
    except (OSError, EOFError, TimeoutError) as error:
        log.warning("handover_failed", error=type(error).__name__)
    except Exception:  # raised further, it would end all handovers of this worker
        log.exception("handover_failed")


async def _serve(client: socket.socket, serve: Callable[[], asyncio.Protocol], request: bytes) -> None:
    transport, arriving = await asyncio.get_running_loop().connect_accepted_socket(_Arriving, client)
    try:
        arriving.begin(transport, serve, request)
    except BaseException:
        transport.abort()
        raise


class _Arriving(asyncio.Protocol):
    """A connection that is not served yet: what comes meanwhile, one read at most, waits behind its request.

    uvloop begins to read before it tells that the connection is made.
    """

    def __init__(self) -> None:
        self._early = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport, to pause it."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Keeps what came, and reads no more."""
        self._early += data
        self._transport.pause_reading()

    def begin(
        self, transport: asyncio.Transport, serve: Callable[[], asyncio.Protocol], request: bytes
    ) -> None:
        """Serves the connection, its request first; does nothing if the client has hung up."""
        if transport.is_closing():
            return
        if self._early:
            transport.resume_reading()  # before the protocol is given anything: it may pause again
        protocol = serve()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(request + self._early)


async def _read_handover(worker: socket.socket) -> tuple[socket.socket, bytes]:
    """Reads one handover: the client's connection and its request. Raises EOFError if it is cut short."""
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
    # The loop's sock_recv() would lose the descriptor that comes with the first byte.
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
