"""Who has joined nothing: how much it may send, how often it may try, how long it may stay, and what it costs."""

import asyncio
import contextlib
import gc
import gzip
import socket
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from bitworks.realtime.engine import AsyncServer, connection, polling, unproved
from bitworks.realtime.engine.handshake import FAREWELL_TIMEOUT
from bitworks.realtime.engine.receive_queue import MESSAGES_PER_TURN
from bitworks.realtime.engine.server import CONNECT_LIMIT, REFUSALS
from bitworks.realtime.engine.websocket import FRAMES_PER_TURN, UNPROVED_FRAMES, WebSocket
from tests.realtime.engine.engine_peers import POLLING, WEBSOCKET, Serve, Site, soon, until

HANDSHAKE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


def masked(first: int, payload: bytes) -> bytes:
    """A frame as clients send them, under a mask of zeros."""
    return bytes((first, 0x80 | len(payload))) + b"\0\0\0\0" + payload


def welcoming(*tokens: str, **options: Any) -> AsyncServer:
    """Lets in who has one of these tokens, into any namespace."""
    server = AsyncServer(namespaces="*", async_handlers=False, **options)

    async def connect(namespace: str, sid: str, environ: dict[str, Any], auth: Any) -> bool:
        return isinstance(auth, dict) and auth.get("token") in tokens

    server.on("connect", connect, namespace="*")
    server.on("size", lambda namespace, sid, data: len(data), namespace="*")
    return server


# Refusals


async def test_a_websocket_is_closed_once_it_was_refused_too_often(serve: Serve) -> None:
    site = await serve(welcoming("right"))
    peer = await site.opened_websocket()
    for number in range(REFUSALS):
        await peer.send(f'40/{number},{{"token":"wrong"}}')
        assert str(await peer.next()).startswith(f"44/{number},")
    assert await peer.closed() == 1001
    assert site.server.connections == {}


async def test_a_polling_session_is_closed_once_it_was_refused_too_often(serve: Serve) -> None:
    site = await serve(welcoming("right"))
    peer = await site.polling()
    await peer.post("\x1e".join(['40{"token":"wrong"}'] * 1000))
    await until(lambda: site.server.connections == {})
    assert (await peer.get())[0] == 400


async def test_unknown_namespaces_are_refusals_too(serve: Serve) -> None:
    site = await serve(AsyncServer(namespaces=["/"]))
    peer = await site.opened_websocket()
    await peer.send(*(f"40/{number}," for number in range(REFUSALS)))
    assert await peer.closed() == 1001


async def test_who_was_let_in_may_be_refused_as_often_again(serve: Serve) -> None:
    site = await serve(welcoming("right"))
    peer = await site.opened_websocket()
    for namespace in ("/one", "/two"):
        for _ in range(REFUSALS - 1):
            await peer.send('40/other,{"token":"wrong"}')
            assert str(await peer.next()).startswith("44/other,")
        await peer.join(namespace, {"token": "right"})
    assert len(site.server.connections) == 1


# What it may send


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_encoded_body_is_refused(serve: Serve, method: str) -> None:
    site = await serve(welcoming())
    peer = await site.polling()
    packed = {"Content-Encoding": "gzip"}
    async with site.http.request(
        method, site.url, params=peer.query, data=gzip.compress(b"4" * 100_000), headers=packed
    ) as response:
        assert response.status == 415
        assert await response.json() == {"code": 3, "message": "Content-Encoding is not supported"}


async def test_heads_have_a_bound(serve: Serve) -> None:
    site = await serve(welcoming())
    for lines, status in ((4, 200), (6, 431)):
        headers = {f"X-{number}": "x" * 4000 for number in range(lines)}
        async with site.http.get(site.url, params=POLLING, headers=headers) as response:
            assert response.status == status


async def test_a_large_packet_is_for_those_who_have_joined(serve: Serve) -> None:
    site = await serve(welcoming("right"))
    large = '421["size","' + "x" * CONNECT_LIMIT + '"]'
    stranger = await site.opened_websocket()
    await stranger.send(large)
    assert await stranger.closed() == 1009
    peer = await site.joined_websocket(auth={"token": "right"})
    await peer.send(large)
    assert await peer.next() == f"431[{CONNECT_LIMIT}]"


async def test_a_large_post_is_for_those_who_have_joined(serve: Serve) -> None:
    site = await serve(welcoming("right"))
    large = '421["size","' + "x" * CONNECT_LIMIT + '"]'
    stranger = await site.polling()
    assert (await stranger.post(large))[0] == 413
    peer = await site.polling()
    await peer.post('40{"token":"right"}')
    assert (await peer.next())[0].startswith("40")
    assert (await peer.post(large)) == (200, "ok")
    assert await peer.next() == [f"431[{CONNECT_LIMIT}]"]
    upgraded = await peer.probe()
    await upgraded.send("5", large.replace("421", "422"))
    assert await upgraded.next() == f"432[{CONNECT_LIMIT}]"


@pytest.mark.parametrize(
    "packet", ['42["size","x"]', '451-["size",{"_placeholder":true,"num":0}]', "41", "430[]"]
)
async def test_nothing_comes_before_the_connect(serve: Serve, packet: str) -> None:
    site = await serve(welcoming("right"))
    peer = await site.opened_websocket()
    await peer.send(packet)
    await peer.closed()


@pytest.mark.parametrize(
    "flood",
    [masked(0x81, b"3"), masked(0x89, b""), masked(0x01, b"") + masked(0x00, b"") * 500],
    ids=["pongs", "pings", "fragments"],
)
async def test_a_flood_of_frames_is_for_those_who_have_joined(serve: Serve, flood: bytes) -> None:
    site = await serve(welcoming("right"))
    with raw(site) as stranger:
        await ask(stranger, head(f"GET {target(WEBSOCKET)}", HANDSHAKE))
        (session,) = site.server.connections.values()
        stranger.sendall(flood * (UNPROVED_FRAMES + 1))
        await until(lambda: session.closed)
    assert session.reason == "transport error"


async def test_a_websocket_that_was_opened_to_be_closed_is_gone_soon_whether_it_answers_or_not(
    serve: Serve,
) -> None:
    site = await serve(AsyncServer())
    peer = await site.polling()
    _upgrading = await peer.probe()
    another = target({**WEBSOCKET, "sid": peer.sid})
    with raw(site) as stranger:
        await ask(stranger, head(f"GET {another}", HANDSHAKE))
        async with asyncio.timeout(4 * FAREWELL_TIMEOUT):
            while await asyncio.get_running_loop().sock_recv(stranger, 4096):
                pass


async def test_a_flood_of_frames_leaves_turns_to_others(serve: Serve) -> None:
    site = await serve(welcoming("right"))
    _peer = await site.joined_websocket(auth={"token": "right"})
    (session,) = site.server.connections.values()
    link = session._link
    assert isinstance(link, WebSocket)
    link.data_received(masked(0x81, b"3") * 10_000)
    assert 0 < link._reader.frames <= 1 + FRAMES_PER_TURN
    await until(lambda: link._reader.frames == 10_001)
    assert not session.closed


async def test_a_session_that_is_closed_while_bad_frames_wait_is_closed_once(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    server = welcoming("right")
    reasons: list[str] = []
    server.on("disconnect", lambda namespace, sid, reason: reasons.append(reason), namespace="*")
    site = await serve(server)
    peer = await site.joined_websocket(auth={"token": "right"})
    (session,) = server.connections.values()
    link = session._link
    assert isinstance(link, WebSocket)
    link.data_received(masked(0x81, b"3") * FRAMES_PER_TURN + masked(0xF1, b"reserved bits"))
    session.close("enough")
    assert await peer.closed() == 1001
    await until(lambda: not server.eio._tasks)
    assert reasons == ["enough"]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_post_of_many_packets_leaves_turns_to_others(serve: Serve) -> None:
    handled: list[int] = []
    turns = 0

    async def count() -> None:
        nonlocal turns
        while len(handled) < 5000:
            turns += 1
            await asyncio.sleep(0)

    server = welcoming("right")
    server.on("x", lambda namespace, sid: handled.append(1), namespace="*")
    site = await serve(server)
    peer = await site.polling()
    await peer.post('40{"token":"right"}')
    await peer.next()
    counting = asyncio.create_task(count())
    posting = asyncio.create_task(peer.post("\x1e".join(['42["x"]'] * 5000)))
    await until(lambda: handled)
    before = turns
    await until(lambda: len(handled) == 5000)
    assert turns - before >= 5000 // MESSAGES_PER_TURN - 2
    assert (await posting) == (200, "ok")
    await counting


async def test_what_waits_behind_a_connect_is_bounded(serve: Serve) -> None:
    server = AsyncServer(namespaces="*", async_handlers=False)
    gate = asyncio.Event()

    async def connect(namespace: str, sid: str, environ: dict[str, Any], auth: Any) -> None:
        await gate.wait()

    server.on("connect", connect, namespace="*")
    site = await serve(server)
    peer = await site.opened_websocket()
    await peer.send("40", *(f'42["x","{"x" * 8000}"]' for _ in range(100)))
    await until(lambda: next(iter(server.connections.values())).receive_queue.full)
    assert next(iter(server.connections.values())).receive_queue._bytes < CONNECT_LIMIT + 8100
    gate.set()


async def test_a_body_that_is_dripped_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "BODY_TIMEOUT", 0.1)
    site = await serve(welcoming())
    peer = await site.polling()
    with raw(site) as stranger:
        stranger.sendall(head(f"POST {target(peer.query)}", "Content-Length: 1000\r\n") + b"4x")
        assert b" 408 " in await soon(asyncio.get_running_loop().sock_recv(stranger, 100))
    assert site.server.connections == {}


async def test_handlers_are_given_what_is_kept_of_the_handshake(serve: Serve) -> None:
    server = AsyncServer(namespaces="*", environ_keys=["HTTP_X_KEPT"])
    given: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    server.on("connect", lambda namespace, sid, environ, auth: given.put_nowait(environ), namespace="*")
    site = await serve(server)
    headers = {"X-Kept": "one", "X-Other": "two"}
    async with site.http.ws_connect(
        site.url, params={"EIO": "4", "transport": "websocket"}, headers=headers
    ) as ws:
        await ws.send_str("40")
        assert await soon(given.get()) == {"HTTP_X_KEPT": "one"}


# Places


async def test_an_address_has_places_for_those_who_have_joined_nothing(serve: Serve) -> None:
    site = await serve(welcoming("right", unproved_per_address=2))
    await site.polling()
    member = await site.opened_websocket()
    async with site.http.get(site.url, params=POLLING) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "5"
    await member.join("/", {"token": "right"})
    _stranger = await site.opened_websocket()
    assert await site.status(**POLLING) == 429
    assert len(site.server.connections) == 3


async def test_who_left_without_having_joined_keeps_the_place_for_a_while(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unproved, "PLACE_KEPT", 0.2)
    site = await serve(welcoming("right", unproved_per_address=1))
    stranger = await site.opened_websocket()
    await stranger.send("4abc")
    await stranger.closed()
    assert await site.status(**POLLING) == 429
    async with asyncio.timeout(10):
        while await site.status(**POLLING) == 429:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0)
    assert site.server.eio._unproved._taken == {"127.0.0.1": 1}


async def test_places_are_counted_under_each_key_that_is_given(serve: Serve) -> None:
    def counted_as(request: web.Request) -> list[tuple[str, int]]:
        return [(request.query["from"], 1), ("network", 2)]

    site = await serve(welcoming("right", unproved_per_address=1, counted_as=counted_as))
    statuses = [await site.status(**POLLING, **{"from": one}) for one in ("a", "a", "b", "c")]
    assert statuses == [200, 429, 200, 429]


async def test_of_too_many_strangers_the_oldest_is_closed(serve: Serve) -> None:
    site = await serve(welcoming("right", unproved_total=2))
    member = await site.joined_websocket(auth={"token": "right"})
    peers = [await site.opened_websocket() for _ in range(3)]
    assert await peers[0].closed() == 1001
    assert len(site.server.connections) == 3
    await member.send('421["size","x"]')
    assert await member.next() == "431[1]"


# Who has left all that was joined


async def test_who_has_left_the_last_namespace_is_closed_in_time(serve: Serve) -> None:
    site = await serve(welcoming("right", connect_timeout=0.2))
    peer = await site.joined_websocket(auth={"token": "right"})
    await peer.join("/other", {"token": "right"})
    await peer.send("41")
    await peer.send('42/other,1["size","x"]')
    assert await peer.next() == "43/other,1[1]"
    await peer.send("41/other,")
    assert await peer.closed() == 1001
    assert site.server.connections == {}


async def test_who_has_left_takes_a_place_of_the_address_again(serve: Serve) -> None:
    site = await serve(welcoming("right", unproved_per_address=1))
    first, second = [await site.joined_websocket(auth={"token": "right"}) for _ in range(2)]
    await first.send("41")
    await until(lambda: len(site.server.eio._unproved))
    assert await site.status(**POLLING) == 429
    await second.send("41")
    assert await second.closed() == 1001
    assert len(site.server.connections) == 1
    # As clients do that go for good: who comes next need not wait for the place.
    await first.ws.close()
    await until(lambda: site.server.connections == {})
    assert await site.status(**POLLING) == 200


async def test_who_has_left_is_bounded_as_who_has_just_come(serve: Serve) -> None:
    site = await serve(welcoming("right"))
    large = '421["size","' + "x" * CONNECT_LIMIT + '"]'
    peer = await site.joined_websocket(auth={"token": "right"})
    (session,) = site.server.connections.values()
    await peer.send("41")
    await until(lambda: session.receive_limit == CONNECT_LIMIT)
    await peer.send(large)
    assert await peer.closed() == 1009


async def test_who_has_left_may_join_again(serve: Serve) -> None:
    site = await serve(welcoming("right", connect_timeout=0.2, unproved_per_address=1))
    large = '421["size","' + "x" * CONNECT_LIMIT + '"]'
    peer = await site.joined_websocket(auth={"token": "right"})
    (session,) = site.server.connections.values()
    for _ in range(3):
        await peer.send("41")
        await peer.join("/", {"token": "right"})
        await peer.send(large)
        assert await peer.next() == f"431[{CONNECT_LIMIT}]"
    assert session not in site.server.eio._unproved
    assert site.server.eio._unproved._taken == {}
    await peer.ws.close()
    await until(lambda: site.server.connections == {})
    assert site.server.eio._unproved._proved == {}


async def test_a_stranger_who_polls_no_more_is_forgotten_early(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "POLL_TIMEOUT", 0.1)
    site = await serve(welcoming("right"))
    member, stranger = await site.polling(), await site.polling()
    await member.post('40{"token":"right"}')
    await until(lambda: stranger.sid not in site.server.connections)
    assert member.sid in site.server.connections


async def test_a_stranger_who_polls_stays(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "POLL_TIMEOUT", 0.1)
    site = await serve(welcoming("right", ping_interval=0.3))
    stranger = await site.polling()
    assert await soon(stranger.get()) == (200, "2")
    assert stranger.sid in site.server.connections


# Memory

STRANGERS = 50
ALLOWED = 64 * 1024
"""Bytes that one who has proved nothing may cost."""


@pytest.mark.parametrize("poll", [False, True], ids=["gone", "waiting"])
async def test_a_crowded_head_on_polling_costs_little(serve: Serve, poll: bool) -> None:
    site = await serve(welcoming(environ_keys=()))
    crowd = "".join(f"X-{number}: {'x' * 3900}\r\n" for number in range(5))
    with traced() as cost, contextlib.ExitStack() as strangers:
        for _ in range(STRANGERS):
            stranger = strangers.enter_context(raw(site))
            opened = await ask(stranger, head(f"GET {target(POLLING)}", crowd))
            sid = opened.partition(b'"sid":"')[2].partition(b'"')[0].decode()
            if poll:
                stranger.sendall(head(f"GET {target({**POLLING, 'sid': sid})}", crowd))
                await until(lambda sid=sid: site.server.connections[sid].polling._waiting is not None)
        assert len(site.server.connections) == STRANGERS
        assert cost() < ALLOWED


async def test_a_websocket_that_sends_all_it_may_and_joins_nothing_costs_little(serve: Serve) -> None:
    site = await serve(welcoming(environ_keys=()))
    crowd = "".join(f"X-{number}: {'x' * 3900}\r\n" for number in range(5))
    unfinished = b"\x81\xfe" + CONNECT_LIMIT.to_bytes(2) + b"\0\0\0\x004" + b"x" * (CONNECT_LIMIT - 2)
    with traced() as cost, contextlib.ExitStack() as strangers:
        for _ in range(STRANGERS):
            stranger = strangers.enter_context(raw(site))
            query = {"EIO": "4", "transport": "websocket"}
            await ask(stranger, head(f"GET {target(query)}", HANDSHAKE + crowd))
            stranger.sendall(unfinished)
        connections = list(site.server.connections.values())
        await until(
            lambda: sum(one.activity().received for one in connections) == STRANGERS * len(unfinished)
        )
        assert len(connections) == STRANGERS
        assert cost() < ALLOWED


@contextmanager
def traced() -> Iterator[Any]:
    """Gives a function that returns the bytes that each stranger has cost since."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        # A request that is over is in a cycle of aiohttp's.
        yield lambda: gc.collect() and (tracemalloc.get_traced_memory()[0] - before) / STRANGERS
    finally:
        tracemalloc.stop()


@contextmanager
def raw(site: Site) -> Iterator[socket.socket]:
    """A connection that takes no memory here."""
    parts = urlsplit(site.url)
    with socket.create_connection((parts.hostname, parts.port)) as stranger:
        stranger.setblocking(False)
        yield stranger


def target(query: dict[str, str]) -> str:
    return "/socket.io/?" + "&".join(f"{key}={value}" for key, value in query.items())


def head(request: str, lines: str) -> bytes:
    return f"{request} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()


async def ask(stranger: socket.socket, request: bytes) -> bytes:
    stranger.sendall(request)
    return await soon(asyncio.get_running_loop().sock_recv(stranger, 4096))
