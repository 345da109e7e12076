"""A connection that another worker hands over is served as if it had come here by itself."""

import asyncio
import errno
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
import uvloop
from structlog.testing import capture_logs

from bitworks.realtime.forwarding import handover
from bitworks.realtime.forwarding.handover import connect, hand_over, serve_handovers
from tests.realtime.engine.engine_peers import soon, until


class Read(asyncio.Protocol):
    """Notes what it is given."""

    def __init__(self) -> None:
        self.came = b""
        self.lost = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.came += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


class Halted(Read):
    """Reads no more than the request, as who has enough of a body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are none by inheritance

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.transport.pause_reading()


def connected() -> tuple[socket.socket, socket.socket]:
    """A client's end of a TCP connection, and the end of the worker that accepted it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
    accepted.setblocking(False)
    return client, accepted


async def handed_over(serve: Callable[[], asyncio.Protocol], request: bytes, rest: bytes) -> socket.socket:
    """Hands a connection over whose client has written `rest` already; its client's end, when it has hung up."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "0.sock"
        made = asyncio.Queue[asyncio.Protocol]()

        def serving() -> asyncio.Protocol:
            made.put_nowait(protocol := serve())
            return protocol

        async with serve_handovers(path, serving):
            client, accepted = connected()
            client.sendall(rest)
            with await connect(path) as worker, accepted:
                await hand_over(worker, accepted, request)
            await soon(made.get())
    return client


async def given_to(path: Path) -> socket.socket:
    """Hands a connection over whose client writes nothing more; its client's end."""
    client, accepted = connected()
    client.setblocking(False)
    with await connect(path) as worker, accepted:
        await hand_over(worker, accepted, b"head")
    return client


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_body_that_still_comes_stays_behind_its_head(
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    async def many() -> None:
        for _ in range(20):
            read = Read()
            with await handed_over(lambda read=read: read, b"head, ", b"body"):
                pass
            await soon(read.lost.wait())
            assert read.came == b"head, body"

    run(many())


def test_handovers_go_on_after_an_error_of_accepting(monkeypatch: pytest.MonkeyPatch) -> None:
    accept = asyncio.SelectorEventLoop.sock_accept
    errors = [OSError(errno.EMFILE, "Too many open files")]

    async def fail_once(loop: asyncio.SelectorEventLoop, listener: socket.socket) -> Any:
        if errors:
            raise errors.pop()
        return await accept(loop, listener)

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_accept", fail_once)
    monkeypatch.setattr(handover, "ACCEPT_PAUSE", 0.01)

    async def go_on() -> None:
        read = Read()
        with await handed_over(lambda: read, b"head, ", b"body"):
            pass
        await soon(read.lost.wait())
        assert read.came == b"head, body"

    with capture_logs() as logs:
        asyncio.run(go_on())
    assert [one["event"] for one in logs] == ["handovers_not_accepted"]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_handovers_go_on_after_one_that_cannot_be_served(
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    async def go_on() -> None:
        read = Read()
        protocols: list[asyncio.Protocol] = []  # from an empty one nothing can be served
        with TemporaryDirectory() as folder:
            async with serve_handovers(path := Path(folder) / "0.sock", lambda: protocols[0]):
                with await given_to(path) as client:
                    assert await soon(asyncio.get_running_loop().sock_recv(client, 1)) == b""
                protocols.append(read)
                with await given_to(path):
                    await until(lambda: read.came == b"head")
        await soon(read.lost.wait())

    with capture_logs() as logs:
        run(go_on())
    assert [one["event"] for one in logs] == ["handover_failed"]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_who_reads_no_more_of_a_body_is_given_no_more(
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    async def halt() -> None:
        halted = Halted()
        with await handed_over(lambda: halted, b"head, ", b"body"):
            assert not halted.transport.is_reading()
            halted.transport.abort()
            await soon(halted.lost.wait())

    run(halt())
