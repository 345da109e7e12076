"""The cases of the Engine.IO v4 protocol suite, each under its own name, and more, against raw peers.

Those that Socket.IO's suite repeats run `either` way.
"""

import asyncio
import json

import aiohttp
import pytest

from bitworks.realtime.engine.handshake import EngineServer
from tests.realtime.engine.engine_peers import (
    POLLING,
    WEBSOCKET,
    PollingPeer,
    Serve,
    Site,
    WebSocketPeer,
    soon,
    until,
)

KEYS = {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
Query = dict[str, str]
OTHER_VERSIONS: list[Query] = [{}, {"EIO": "abc"}, {"EIO": "3"}]
OTHER_TRANSPORTS: list[Query] = [{}, {"transport": "abc"}]


async def assert_no_websocket(site: Site, query: Query) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
        await site.http.ws_connect(site.url, params=query)


async def test_polling_opens_a_session(either: Site) -> None:
    opened = (await either.polling()).opened
    assert opened.keys() == KEYS
    assert (opened["upgrades"], opened["pingInterval"], opened["pingTimeout"]) == (["websocket"], 300, 200)
    assert opened["maxPayload"] == 1_000_000


@pytest.mark.parametrize("version", OTHER_VERSIONS)
async def test_polling_of_another_protocol_version_is_refused(either: Site, version: Query) -> None:
    assert await either.status(**version, transport="polling") == 400


@pytest.mark.parametrize("transport", OTHER_TRANSPORTS)
async def test_a_request_for_an_unknown_transport_is_refused(either: Site, transport: Query) -> None:
    assert await either.status(EIO="4", **transport) == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_session_opens_only_with_get(either: Site, method: str) -> None:
    assert await either.status(method, **POLLING) == 400


async def test_an_empty_session_id_is_none(echo: Site) -> None:
    assert await echo.status(**POLLING, sid="") == 200


async def test_a_websocket_opens_a_session(either: Site) -> None:
    peer = await either.websocket()
    opened = json.loads(str(await peer.next())[1:])
    assert opened.keys() == KEYS
    assert (opened["upgrades"], opened["pingInterval"], opened["pingTimeout"]) == ([], 300, 200)
    assert opened["maxPayload"] == 1_000_000


@pytest.mark.parametrize("version", OTHER_VERSIONS)
async def test_a_websocket_of_another_protocol_version_is_refused(either: Site, version: Query) -> None:
    await assert_no_websocket(either, {**version, "transport": "websocket"})


@pytest.mark.parametrize("transport", OTHER_TRANSPORTS)
async def test_a_websocket_for_an_unknown_transport_is_refused(either: Site, transport: Query) -> None:
    await assert_no_websocket(either, {"EIO": "4", **transport})


async def test_a_websocket_session_needs_an_upgrade_request(echo: Site) -> None:
    assert await echo.status(**WEBSOCKET) == 400


async def test_an_unknown_session_is_refused_with_its_code(echo: Site) -> None:
    async with echo.http.get(echo.url, params={**POLLING, "sid": "nobody"}) as response:
        assert (response.status, await response.json()) == (400, {"code": 1, "message": "Session ID unknown"})


async def test_polling_carries_a_message_both_ways(echo: Site) -> None:
    await assert_polling_echoes(echo, "4hello")


async def test_polling_carries_several_messages_both_ways(echo: Site) -> None:
    await assert_polling_echoes(echo, "4test1\x1e4test2\x1e4test3")


async def test_polling_carries_text_and_bytes_both_ways(echo: Site) -> None:
    await assert_polling_echoes(echo, "4hello\x1ebAQIDBA==")


async def assert_polling_echoes(site: Site, body: str) -> None:
    peer = await site.polling()
    assert await peer.post(body) == (200, "ok")
    received: list[str] = []
    while len(received) < body.count("\x1e") + 1:
        received += await peer.next()
    assert received == body.split("\x1e")


@pytest.mark.parametrize("message", ["4hello", bytes([1, 2, 3, 4])], ids=["text", "bytes"])
async def test_a_websocket_carries_text_and_bytes_both_ways(echo: Site, message: str | bytes) -> None:
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


async def test_polling_has_a_heartbeat(either: Site) -> None:
    peer = await either.polling()
    for _ in range(3):
        assert await soon(peer.get()) == (200, "2")
        assert await peer.post("3") == (200, "ok")


async def test_a_silent_polling_session_times_out(either: Site) -> None:
    peer = await either.polling()
    connection = either.server.connections[peer.sid]
    await until(lambda: connection.closed)
    assert connection.reason == "ping timeout"
    assert (await peer.get())[0] == 400
    assert (await peer.post("3"))[0] == 400


async def test_a_websocket_has_a_heartbeat(either: Site) -> None:
    peer = await either.opened_websocket(heartbeat=False)
    for _ in range(3):
        assert await peer.next() == "2"
        await peer.send("3")


async def test_a_silent_websocket_session_times_out(either: Site) -> None:
    peer = await either.opened_websocket(heartbeat=False)
    assert await peer.next() == "2"
    await peer.closed()
    assert either.server.connections == {}


async def test_a_polling_client_closes(either: Site) -> None:
    peer = await either.polling()
    poll = asyncio.create_task(peer.get())
    await until(lambda: either.server.connections[peer.sid].polling._waiting is not None)
    assert await peer.post("1") == (200, "ok")
    assert await soon(poll) == (200, "6")
    assert (await peer.get())[0] == 400


async def test_a_websocket_client_closes(either: Site) -> None:
    peer = await either.opened_websocket()
    await peer.send("1")
    await peer.closed()


async def test_polling_upgrades_to_a_websocket(either: Site) -> None:
    peer = await either.polling()
    socket = await peer.probe()
    assert await soon(peer.get()) == (200, "6")
    await socket.send("5")
    await until(lambda: either.server.connections[peer.sid].transport == "websocket")


async def test_an_upgraded_session_carries_messages(echo: Site) -> None:
    socket = await (await echo.polling()).probe()
    await socket.send("5", "4hello")
    assert await socket.next() == "4hello"


async def test_a_probe_ends_the_poll_that_waits(echo: Site) -> None:
    peer = await echo.polling()
    poll = asyncio.create_task(peer.get())
    await until(lambda: echo.server.connections[peer.sid].polling._waiting is not None)
    await peer.probe()
    assert await soon(poll) == (200, "6")


async def test_polling_is_refused_after_the_upgrade_which_goes_on(either: Site) -> None:
    peer = await either.polling()
    socket = await upgraded(peer)
    assert (await peer.get())[0] == 400
    assert (await peer.post("4x"))[0] == 400
    await assert_lives(socket)


async def test_a_second_websocket_is_closed_after_the_upgrade_which_goes_on(either: Site) -> None:
    peer = await either.polling()
    socket = await upgraded(peer)
    await (await either.websocket(sid=peer.sid)).closed()
    await assert_lives(socket)


async def test_a_second_websocket_is_closed_during_the_upgrade_which_goes_on(either: Site) -> None:
    peer = await either.polling()
    socket = await peer.probe()
    await (await either.websocket(sid=peer.sid)).closed()
    await socket.send("5")
    await assert_lives(socket)


async def upgraded(peer: PollingPeer) -> WebSocketPeer:
    """The websocket to which the session has moved."""
    socket = await peer.probe()
    await socket.send("5")
    await until(lambda: peer.site.server.connections[peer.sid].upgraded)
    return socket


async def assert_lives(socket: WebSocketPeer) -> None:
    """The heartbeat goes on."""
    socket.heartbeat = False
    for _ in range(2):
        assert await socket.next() == "2"
        await socket.send("3")


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
