"""Clients that do not read, and clients that send too much."""

import asyncio
import socket

import aiohttp
import pytest

from bitworks.realtime.engine import AsyncServer, Connection, Frame, sessions, websocket
from tests.realtime.engine.engine_peers import PATIENCE, WEBSOCKET, Serve, Site, soon, until

BLOCK = Frame.event("/", "block", "x" * 100_000)


class Deaf:
    """A websocket on a bare TCP connection with small buffers, which reads only when told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, site: Site, behind: bytes = b"") -> "Deaf":
        host, port = site.base.removeprefix("http://").split(":")
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
        reader, writer = await asyncio.open_connection(sock=sock, limit=4096)
        query = "&".join(f"{key}={value}" for key, value in WEBSOCKET.items())
        request = (
            f"GET /socket.io/?{query} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        writer.write(request.encode() + behind)
        await soon(reader.readuntil(b"\r\n\r\n"))
        return cls(reader, writer)

    def __del__(self) -> None:
        self.writer.transport.abort()

    def send(self, packet: str) -> None:
        body = packet.encode()
        self.writer.write(bytes((0x81, 0x80 | len(body), 0, 0, 0, 0)) + body)

    async def read(self, size: int) -> None:
        await asyncio.wait_for(self.reader.readexactly(size), PATIENCE)


async def backlogged(site: Site, blocks: int = 100) -> tuple[Deaf, Connection]:
    """A client in the main namespace that reads nothing, and 10 MB towards it."""
    deaf = await Deaf.connect(site)
    await until(lambda: site.server.connections)
    connection: Connection = next(iter(site.server.connections.values()))
    deaf.send("40")
    await until(lambda: site.server.manager.rooms)
    for _ in range(blocks):
        connection.send(BLOCK)
    return deaf, connection


async def test_buffered_counts_what_the_kernel_did_not_take(serve: Serve) -> None:
    site = await serve(AsyncServer())
    _deaf, connection = await backlogged(site)
    before = connection.buffered
    assert 5_000_000 < before <= 100 * len(BLOCK.wire)
    connection.send(BLOCK)
    assert connection.buffered == before + len(BLOCK.wire)


async def test_drained_serves_several_waiters_each_at_its_threshold(serve: Serve) -> None:
    site = await serve(AsyncServer())
    deaf, connection = await backlogged(site)
    served: set[int] = set()

    async def wait(below: int) -> None:
        await connection.drained(below)
        assert connection.buffered <= below
        served.add(below)

    waits = [asyncio.create_task(wait(below)) for below in (0, 4_000_000, 1_000_000)]
    reading = asyncio.create_task(deaf.read(90 * len(BLOCK.wire)))
    await soon(asyncio.gather(reading, *waits))
    assert served == {4_000_000, 1_000_000, 0}


async def test_drained_returns_when_the_connection_closes(serve: Serve) -> None:
    site = await serve(AsyncServer())
    _deaf, connection = await backlogged(site)
    wait = asyncio.create_task(connection.drained(0))
    await asyncio.sleep(0)
    connection.abort()
    await soon(wait)
    assert connection.closed


async def test_drained_follows_polling_too(serve: Serve) -> None:
    server = AsyncServer()
    site = await serve(server)
    peer = await site.polling()
    connection = server.connections[peer.sid]
    connection.send(BLOCK)
    assert connection.buffered == BLOCK.size
    wait = asyncio.create_task(connection.drained(0))
    await peer.next()
    await soon(wait)
    assert connection.buffered == 0


async def test_a_client_over_its_limit_is_not_served_until_it_reads(serve: Serve) -> None:
    server = AsyncServer(send_limit=1_000_000)
    handled = asyncio.Event()
    server.on("work", lambda sid: handled.set())
    site = await serve(server)
    deaf, connection = await backlogged(site)
    deaf.send('42["work"]')
    await until(lambda: connection.receive_queue._task is not None)
    assert not handled.is_set()
    await deaf.read(95 * len(BLOCK.wire))
    await soon(handled.wait())


async def test_a_slow_reader_lives_and_one_that_stopped_for_good_does_not(serve: Serve) -> None:
    server = AsyncServer(ping_interval=0.1, ping_timeout=0.1)
    reasons: asyncio.Queue[str] = asyncio.Queue()
    server.on("disconnect", lambda sid, reason: reasons.put_nowait(reason))
    site = await serve(server)
    deaf, connection = await backlogged(site)
    loop = asyncio.get_running_loop()
    until_then = loop.time() + 0.6
    while loop.time() < until_then:  # a slow reader is what is tested
        await deaf.read(20_000)
        await asyncio.sleep(0.01)
    assert not connection.closed
    assert connection.buffered > 0
    assert await soon(reasons.get()) == "ping timeout"


async def test_a_client_that_never_reads_does_not_fill_the_memory(serve: Serve) -> None:
    site = await serve(AsyncServer())
    _deaf, connection = await backlogged(site, blocks=1000)
    assert connection.closed
    await until(lambda: not site.server.eio.sockets)


async def test_a_message_over_the_limit_closes_a_websocket_with_1009(serve: Serve) -> None:
    site = await serve(AsyncServer(max_http_buffer_size=10_000))
    peer = await site.opened_websocket()
    await peer.send("4" + "x" * 10_000)
    assert await peer.closed() == 1009


async def test_a_message_at_the_limit_passes(serve: Serve) -> None:
    server = AsyncServer(max_http_buffer_size=10_000)
    server.on("size", lambda sid, data: len(data))
    site = await serve(server)
    peer = await site.joined_websocket()
    packet = '421["size","' + "x" * (10_000 - 14) + '"]'
    assert len(packet) == 10_000
    await peer.send(packet)
    assert await peer.next() == "431[9986]"


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_post_over_the_limit_is_413_and_closes(serve: Serve, chunked: bool) -> None:
    site = await serve(AsyncServer(max_http_buffer_size=10_000))
    peer = await site.polling()

    async def pieces():  # type: ignore[no-untyped-def]
        for _ in range(11):
            yield b"4" * 1000

    try:
        status, _ = await peer.post(pieces() if chunked else b"4" * 11_000)
        assert status == 413
    except aiohttp.ClientConnectionError:
        assert chunked
    assert (await peer.get())[0] == 400


async def test_text_that_is_not_utf8_closes_with_1007(serve: Serve) -> None:
    site = await serve(AsyncServer())
    peer = await site.opened_websocket()
    await peer.ws._writer.send_frame(b"4\xff\xfe", aiohttp.WSMsgType.TEXT)
    assert await peer.closed() == 1007


async def test_what_is_sent_behind_the_upgrade_request_is_not_lost(serve: Serve) -> None:
    server = AsyncServer()
    joined = asyncio.Event()
    server.on_connected = lambda sid, namespace: joined.set()
    site = await serve(server)
    _early = await Deaf.connect(site, b"\x81\x82\0\0\0\x0040")
    await soon(joined.wait())


async def test_who_does_not_read_holds_no_shutdown_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "CLOSE_TIMEOUT", PATIENCE)
    monkeypatch.setattr(sessions, "FLUSH_TIMEOUT", 0.1)
    left: list[str] = []
    server = AsyncServer()
    server.on("disconnect", lambda sid, reason: left.append(reason))
    site = await serve(server)
    _deaf, connection = await backlogged(site)
    connection.close("drained")
    async with asyncio.timeout(PATIENCE / 2):
        await server.eio.shutdown()
    assert left == ["drained"]
    assert connection.buffered == 0


async def test_a_response_to_a_poll_counts_as_unread_until_it_is_read(serve: Serve) -> None:
    handled: list[object] = []
    server = AsyncServer(async_handlers=False, send_limit=1_000_000)
    server.on("note", lambda sid, data: handled.append(data))
    site = await serve(server)
    peer = await site.polling()
    await peer.post("40")
    await peer.next()
    (connection,) = server.connections.values()
    for _ in range(100):
        connection.send(BLOCK)
    host, port = site.base.removeprefix("http://").split(":")
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, (host, int(port)))
        query = "&".join(f"{key}={value}" for key, value in peer.query.items())
        request = f"GET /socket.io/?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        await loop.sock_sendall(slow, request.encode())
        assert await soon(loop.sock_recv(slow, 9)) == b"HTTP/1.1 "
        assert connection.buffered > 1_000_000
        assert (await peer.post('42["note",1]')) == (200, "ok")
        # A poll that has nothing to take does not make the server forget the other.
        connection.send(Frame.event("/", "small"))
        assert await peer.next() == ['42["small"]']
        assert handled == []
        while await soon(loop.sock_recv(slow, 1 << 20)):
            pass
    await until(lambda: handled == [1])
    assert connection.buffered == 0


async def test_who_hangs_up_before_the_response_to_a_poll_is_read_has_lost_packets(serve: Serve) -> None:
    site = await serve(AsyncServer())
    peer = await site.polling()
    (connection,) = site.server.connections.values()
    for _ in range(100):
        connection.send(BLOCK)
    async with site.http.get(site.url, params=peer.query) as response:
        assert response.status == 200
        response.close()
    await until(lambda: site.server.connections == {})
