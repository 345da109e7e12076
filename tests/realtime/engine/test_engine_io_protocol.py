"""The cases of the Engine.IO v4 protocol suite, against raw peers."""

import asyncio
import json

import aiohttp
import pytest

from bitworks.realtime.engine.handshake import EngineServer
from tests.realtime.engine.engine_peers import POLLING, WEBSOCKET, Serve, Site, soon, until

KEYS = {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}


async def test_polling_opens_a_session(echo: Site) -> None:
    opened = (await echo.polling()).opened
    assert opened.keys() == KEYS
    assert (opened["upgrades"], opened["pingInterval"], opened["pingTimeout"]) == (["websocket"], 300, 200)
    assert opened["maxPayload"] == 1_000_000


async def test_a_websocket_opens_a_session(echo: Site) -> None:
    peer = await echo.websocket()
    opened = json.loads(str(await peer.next())[1:])
    assert opened.keys() == KEYS
    assert (opened["upgrades"], opened["pingInterval"], opened["pingTimeout"]) == ([], 300, 200)


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize("version", [{}, {"EIO": "abc"}, {"EIO": "3"}])
async def test_another_protocol_version_is_refused(
    echo: Site, transport: str, version: dict[str, str]
) -> None:
    query = {**version, "transport": transport}
    if transport == "polling":
        assert await echo.status(**query) == 400
    else:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
            await echo.http.ws_connect(echo.url, params=query)


@pytest.mark.parametrize("transport", [{}, {"transport": "abc"}])
async def test_an_unknown_transport_is_refused(echo: Site, transport: dict[str, str]) -> None:
    query = {"EIO": "4", **transport}
    assert await echo.status(**query) == 400
    with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
        await echo.http.ws_connect(echo.url, params=query)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_session_opens_only_with_get(echo: Site, method: str) -> None:
    assert await echo.status(method, **POLLING) == 400


async def test_a_websocket_session_needs_an_upgrade_request(echo: Site) -> None:
    assert await echo.status(**WEBSOCKET) == 400


async def test_an_unknown_session_is_refused_with_its_code(echo: Site) -> None:
    async with echo.http.get(echo.url, params={**POLLING, "sid": "nobody"}) as response:
        assert (response.status, await response.json()) == (400, {"code": 1, "message": "Session ID unknown"})


@pytest.mark.parametrize("body", ["4hello", "4test1\x1e4test2\x1e4test3", "4hello\x1ebAQIDBA=="])
async def test_polling_carries_messages_both_ways(echo: Site, body: str) -> None:
    peer = await echo.polling()
    assert await peer.post(body) == (200, "ok")
    received: list[str] = []
    while len(received) < body.count("\x1e") + 1:
        received += await peer.next()
    assert received == body.split("\x1e")


@pytest.mark.parametrize("message", ["4hello", bytes([1, 2, 3, 4])])
async def test_a_websocket_carries_messages_both_ways(echo: Site, message: str | bytes) -> None:
    peer = await echo.opened_websocket()
    await peer.send(message)
    assert await peer.next() == message


@pytest.mark.parametrize("body", [b"abc", b"", b"4\xff", b"4a\x1e", b"b***", b"2"])
async def test_an_invalid_packet_closes_a_polling_session(echo: Site, body: bytes) -> None:
    peer = await echo.polling()
    assert (await peer.post(body))[0] == 400
    assert (await peer.get())[0] == 400


@pytest.mark.parametrize("packet", ["abc", "", "2", "2probe"])
async def test_an_invalid_packet_closes_a_websocket_session(echo: Site, packet: str) -> None:
    peer = await echo.opened_websocket()
    await peer.send(packet)
    await peer.closed()
    assert echo.server.connections == {}


async def test_a_second_poll_closes_the_session(echo: Site) -> None:
    peer = await echo.polling()
    first = asyncio.create_task(peer.get())
    await until(lambda: echo.server.connections[peer.sid].polling._waiting is not None)
    assert (await peer.get())[0] == 400
    assert await soon(first) == (200, "1")
    assert (await peer.get())[0] == 400


async def test_an_abandoned_poll_closes_the_session(echo: Site) -> None:
    reasons: asyncio.Queue[str] = asyncio.Queue()
    echo.server.on("disconnect", lambda sid, reason: reasons.put_nowait(reason))
    peer = await echo.polling()
    async with aiohttp.ClientSession() as hasty:
        poll = asyncio.create_task(hasty.get(echo.url, params=peer.query))
        await until(lambda: echo.server.connections[peer.sid].polling._waiting is not None)
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll
    assert await soon(reasons.get()) == "transport close"
    assert (await peer.get())[0] == 400


async def test_polling_has_a_heartbeat(echo: Site) -> None:
    peer = await echo.polling()
    for _ in range(3):
        assert await soon(peer.get()) == (200, "2")
        assert await peer.post("3") == (200, "ok")


async def test_a_silent_polling_session_times_out(echo: Site) -> None:
    reasons: asyncio.Queue[str] = asyncio.Queue()
    echo.server.on("disconnect", lambda sid, reason: reasons.put_nowait(reason))
    peer = await echo.polling()
    assert await soon(reasons.get()) == "ping timeout"
    assert (await peer.get())[0] == 400
    assert (await peer.post("3"))[0] == 400


async def test_a_websocket_has_a_heartbeat(echo: Site) -> None:
    peer = await echo.opened_websocket(heartbeat=False)
    for _ in range(3):
        assert await peer.next() == "2"
        await peer.send("3")


async def test_a_silent_websocket_session_times_out(echo: Site) -> None:
    peer = await echo.opened_websocket(heartbeat=False)
    assert await peer.next() == "2"
    await peer.closed()
    assert echo.server.connections == {}


async def test_a_polling_client_closes(echo: Site) -> None:
    peer = await echo.polling()
    poll = asyncio.create_task(peer.get())
    await until(lambda: echo.server.connections[peer.sid].polling._waiting is not None)
    assert await peer.post("1") == (200, "ok")
    assert await soon(poll) == (200, "6")
    assert (await peer.get())[0] == 400


async def test_a_websocket_client_closes(echo: Site) -> None:
    peer = await echo.opened_websocket()
    await peer.send("1")
    await peer.closed()


async def test_polling_upgrades_to_a_websocket(echo: Site) -> None:
    peer = await echo.polling()
    socket = await peer.probe()
    assert await soon(peer.get()) == (200, "6")
    await socket.send("5", "4hello")
    assert await socket.next() == "4hello"
    assert echo.server.connections[peer.sid].transport == "websocket"


async def test_a_probe_ends_the_poll_that_waits(echo: Site) -> None:
    peer = await echo.polling()
    poll = asyncio.create_task(peer.get())
    await until(lambda: echo.server.connections[peer.sid].polling._waiting is not None)
    await peer.probe()
    assert await soon(poll) == (200, "6")


async def test_polling_is_refused_after_the_upgrade(echo: Site) -> None:
    peer = await echo.polling()
    socket = await peer.probe()
    await socket.send("5")
    await until(lambda: echo.server.connections[peer.sid].upgraded)
    assert (await peer.get())[0] == 400
    assert (await peer.post("4x"))[0] == 400
    await socket.send("4hello")
    assert await socket.next() == "4hello"


async def test_a_second_websocket_is_refused_during_and_after_the_upgrade(echo: Site) -> None:
    peer = await echo.polling()
    socket = await peer.probe()
    for turn in ("5", "4hello"):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
            await echo.websocket(sid=peer.sid)
        await socket.send(turn)
    assert await socket.next() == "4hello"


@pytest.mark.parametrize("packets", [["4hello"], ["5"], ["2probe", "4hello"]])
async def test_a_failed_probe_leaves_the_session_on_polling(echo: Site, packets: list[str]) -> None:
    peer = await echo.polling()
    socket = await echo.websocket(sid=peer.sid)
    await socket.send(*packets)
    await socket.closed()
    assert await peer.post("4still here") == (200, "ok")
    assert await peer.next() == ["4still here"]
    assert (await (await peer.probe()).ws.close()) is True


async def test_upgrades_can_be_turned_off(serve: Serve) -> None:
    site = await serve(EngineServer(allow_upgrades=False))
    peer = await site.polling()
    assert peer.opened["upgrades"] == []
    with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
        await site.websocket(sid=peer.sid)
