"""What one instance relays to another: a websocket, or one request and its response, and nothing else."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from bench.ports import held_port
from bitworks.realtime.engine.handshake import EngineServer
from bitworks.realtime.forwarding import Placement, relay
from bitworks.realtime.forwarding.placement import RELAYS_OF_SESSION
from bitworks.realtime.forwarding.session_ids import Owner
from tests.realtime.engine.engine_peers import POLLING, WEBSOCKET, soon, until

SECRET = "a secret of the tests, of at least 32 bytes"
HANDSHAKE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
)


Worker = tuple[Owner, Path]
"""A worker, and the folder with the sockets of its instance."""


@dataclass
class One:
    """An instance with an Engine.IO server, and a route that counts who came to it."""

    url: str
    server: EngineServer
    came: list[str] = field(default_factory=list)

    async def count(self, request: web.Request) -> web.Response:
        self.came.append(request.headers.get("X-Forwarded-For", ""))
        return web.Response()


@asynccontextmanager
async def one(worker: Worker | None = None, **options: object) -> AsyncIterator[One]:
    """An instance of its own, or a worker of one."""
    with held_port() as port:
        url = f"http://127.0.0.1:{port}"
        placement = Placement(SECRET, *(worker or (Owner(url, 0),)))
        server = EngineServer(
            new_session_id=placement.new_session_id, unknown_session=placement.forward, **options
        )

        async def back(sid: str, data: str | bytes) -> None:
            await server.send(sid, data)

        server.on("message", back)
        instance = One(url, server)
        app = web.Application()
        app.router.add_get("/counted", instance.count)
        server.attach(app)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            assert runner.server is not None
            async with placement.serve_handovers(runner.server):
                await web.TCPSite(runner, "127.0.0.1", port).start()
                yield instance
        finally:
            await runner.cleanup()


@pytest.fixture
async def owner() -> AsyncIterator[One]:
    async with one() as instance:
        yield instance


@pytest.fixture
async def other() -> AsyncIterator[One]:
    async with one() as instance:
        yield instance


async def opened_at(instance: One, http: aiohttp.ClientSession) -> str:
    """The id of a new session on polling."""
    async with http.get(f"{instance.url}/engine.io/", params=POLLING) as response:
        sid: str = json.loads((await response.text())[1:])["sid"]
        return sid


class Raw:
    """A connection on which requests are written as they stand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def ask(self, target: str, *lines: str, method: str = "GET", body: bytes = b"") -> None:
        head = [f"{method} {target} HTTP/1.1", "Host: x", *lines, "", ""]
        self.writer.write("\r\n".join(head).encode() + body)

    async def response(self) -> bytes:
        head = await soon(self.reader.readuntil(b"\r\n\r\n"))
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await soon(self.reader.readexactly(int(length[0].split(b":")[1]))) if length else b""
        return head + body

    async def ended(self) -> bytes:
        """What still came before the connection was closed."""
        return await soon(self.reader.read())


@asynccontextmanager
async def raw(instance: One) -> AsyncIterator[Raw]:
    parts = urlsplit(instance.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(
    "lines",
    [
        ("Upgrade: x",),
        ("Connection: Upgrade", "Upgrade: x"),
        ("Connection: keep-alive, Upgrade", "Upgrade: websocket"),
        HANDSHAKE[:3],
        (*HANDSHAKE[:2], "Sec-WebSocket-Key: short", HANDSHAKE[3]),
        ("Connection: keep-alive",),
        (),
    ],
)
async def test_behind_a_relayed_poll_nothing_reaches_the_other_instance(
    owner: One, other: One, http: aiohttp.ClientSession, lines: tuple[str, ...]
) -> None:
    sid = await opened_at(owner, http)
    await owner.server.send(sid, "hello")
    async with raw(other) as client:
        client.ask(f"/engine.io/?EIO=4&transport=polling&sid={sid}", *lines)
        client.ask("/counted", "X-Forwarded-For: 198.51.100.1")
        response = await client.response()
        client.ask("/counted", "X-Forwarded-For: 198.51.100.1")
        assert b" 200 " in response.splitlines()[0]
        assert response.endswith(b"4hello")
        assert b"connection: close" in response.lower()
        assert await client.ended() == b""
    assert owner.came == []


async def test_behind_a_handshake_that_the_owner_refuses_nothing_reaches_it(
    other: One, http: aiohttp.ClientSession
) -> None:
    async with one(allow_upgrades=False) as owner, raw(other) as client:
        sid = await opened_at(owner, http)
        client.ask(f"/engine.io/?EIO=4&transport=websocket&sid={sid}", *HANDSHAKE)
        assert b" 400 " in (await client.response()).splitlines()[0]
        client.ask("/counted", "X-Forwarded-For: 198.51.100.1")
        assert await client.ended() == b""
        assert owner.came == []


async def test_a_websocket_is_relayed_for_its_whole_life(
    owner: One, other: One, http: aiohttp.ClientSession
) -> None:
    sid = await opened_at(owner, http)
    async with http.ws_connect(f"{other.url}/engine.io/", params={**WEBSOCKET, "sid": sid}) as socket:
        await socket.send_str("2probe")
        assert await soon(socket.receive_str()) == "3probe"
        await socket.send_str("5")
        await socket.send_str("4" + "x" * 300_000)
        assert await soon(socket.receive_str()) == "4" + "x" * 300_000
    await until(lambda: sid not in owner.server.connections)


async def test_a_body_is_relayed_as_it_comes(owner: One, other: One, http: aiohttp.ClientSession) -> None:
    sid = await opened_at(owner, http)
    body = b"4" + b"x" * 700_000
    async with raw(other) as client:
        target = f"/engine.io/?EIO=4&transport=polling&sid={sid}"
        client.ask(target, f"Content-Length: {len(body)}", method="POST", body=body[:1000])
        await client.writer.drain()
        await until(lambda: owner.server.connections[sid].polling.posting)
        client.writer.write(body[1000:] + b"GET /counted HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await client.response()).endswith(b"ok")
    async with http.get(f"{owner.url}/engine.io/", params={**POLLING, "sid": sid}) as response:
        assert await response.read() == body
    assert owner.came == []


async def test_a_body_goes_on_at_the_worker_that_its_connection_is_handed_to(
    http: aiohttp.ClientSession,
) -> None:
    with TemporaryDirectory() as folder:
        first, second = (Owner("host", 0), Path(folder)), (Owner("host", 1), Path(folder))
        async with one(first) as owner, one(second) as other, raw(other) as client:
            sid = await opened_at(owner, http)
            body = b"4" + b"x" * 700_000
            target = f"/engine.io/?EIO=4&transport=polling&sid={sid}"
            client.ask(target, f"Content-Length: {len(body)}", method="POST", body=body[:200_000])
            await client.writer.drain()
            await until(lambda: owner.server.connections[sid].polling.posting)
            client.writer.write(body[200_000:])
            assert (await client.response()).endswith(b"ok")
            client.ask(target)
            assert (await client.response()).endswith(body)


async def test_a_body_that_is_too_large_is_refused_by_the_owner_before_it_comes(
    owner: One, other: One, http: aiohttp.ClientSession
) -> None:
    sid = await opened_at(owner, http)
    async with raw(other) as client:
        target = f"/engine.io/?EIO=4&transport=polling&sid={sid}"
        client.ask(target, "Content-Length: 1000001", method="POST", body=b"4x")
        assert b" 413 " in (await client.response()).splitlines()[0]


@asynccontextmanager
async def an_owner(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """An instance that answers in a way of its own. Gives the id of a session there."""
    server = await asyncio.start_server(answer, "127.0.0.1", limit=4096)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield Placement(SECRET, Owner(f"http://{host}:{port}", 0)).new_session_id()


async def refuse_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers before the body has come, and reads no more of it."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\n")
    await asyncio.sleep(0.2)  # so long the client goes on with its body
    writer.write(b"no!")
    await writer.drain()
    writer.close()


async def test_an_answer_before_the_end_of_a_body_reaches_its_client(other: One) -> None:
    async with an_owner(refuse_early) as sid, raw(other) as client:
        target = f"/engine.io/?EIO=4&transport=polling&sid={sid}"
        client.ask(target, "Content-Length: 900000", method="POST", body=b"4" + b"x" * 500_000)
        response = await client.response()
    assert b" 413 " in response.splitlines()[0]
    assert response.endswith(b"no!")


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def switching(size: int, ended: asyncio.Event, *, closes: bool) -> Answer:
    """An owner that accepts a websocket, writes so many bytes, and closes, or waits for the other side to close."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + b"x" * size)
        if not closes:
            with contextlib.suppress(OSError):
                await reader.read()
        writer.close()
        ended.set()

    return answer


async def test_a_relay_ends_when_its_client_reads_no_more(
    other: One, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "CLIENT_WINDOW", 0.2)
    ended = asyncio.Event()
    async with an_owner(switching(40_000_000, ended, closes=False)) as sid, raw(other) as client:
        client.ask(f"/engine.io/?EIO=4&transport=websocket&sid={sid}", *HANDSHAKE)
        await client.response()
        await soon(ended.wait())


async def test_a_client_that_reads_late_is_relayed_all_that_the_owner_wrote_before_it_closed(
    other: One,
) -> None:
    ended = asyncio.Event()
    async with an_owner(switching(12_000_000, ended, closes=True)) as sid, raw(other) as client:
        client.ask(f"/engine.io/?EIO=4&transport=websocket&sid={sid}", *HANDSHAKE)
        await client.response()
        await soon(ended.wait())
        assert len(await client.ended()) == 12_000_000


async def test_a_client_that_reads_at_its_pace_is_waited_for(
    other: One, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "CLIENT_WINDOW", 0.5)
    monkeypatch.setattr(relay, "CLIENT_PACE", 1)
    ended = asyncio.Event()
    async with an_owner(switching(8_000_000, ended, closes=True)) as sid, raw(other) as client:
        client.ask(f"/engine.io/?EIO=4&transport=websocket&sid={sid}", *HANDSHAKE)
        await client.response()
        came = 0
        while data := await soon(client.reader.read(200_000)):
            came += len(data)
            await asyncio.sleep(
                0.1
            )  # the pace of this client: the kernel takes more from the relay less often
        assert came == 8_000_000


async def test_a_session_has_few_requests_relayed_at_once(other: One) -> None:
    came, let_go = asyncio.Semaphore(0), asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.release()
        await let_go.wait()
        writer.close()

    async with an_owner(hold) as sid, AsyncExitStack() as stack:
        target = f"/engine.io/?EIO=4&transport=polling&sid={sid}"
        for _ in range(RELAYS_OF_SESSION):
            (await stack.enter_async_context(raw(other))).ask(target)
            await soon(came.acquire())
        one_more = await stack.enter_async_context(raw(other))
        one_more.ask(target)
        assert b" 400 " in (await one_more.response()).splitlines()[0]
        let_go.set()


async def test_a_body_of_unknown_length_that_has_not_come_is_refused(
    owner: One, other: One, http: aiohttp.ClientSession
) -> None:
    sid = await opened_at(owner, http)
    async with raw(other) as client:
        target = f"/engine.io/?EIO=4&transport=polling&sid={sid}"
        client.ask(target, "Transfer-Encoding: chunked", method="POST", body=b"2\r\n4x\r\n")
        assert b" 411 " in (await client.response()).splitlines()[0]


async def test_a_poll_that_its_client_gives_up_closes_the_session(
    owner: One, other: One, http: aiohttp.ClientSession
) -> None:
    sid = await opened_at(owner, http)
    async with raw(other) as client:
        client.ask(f"/engine.io/?EIO=4&transport=polling&sid={sid}")
        await until(lambda: owner.server.connections[sid].polling._waiting is not None)
    await until(lambda: sid not in owner.server.connections)
