"""The library's own client, unmodified, on each transport and across the upgrade."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import socketio

from bitworks.realtime.engine import AsyncServer
from tests.realtime.engine.engine_peers import Serve, Site, soon, until

ROUTES = [["websocket"], ["polling"], ["polling", "websocket"]]


class Talk(socketio.AsyncNamespace):  # type: ignore[misc]
    async def on_echo(self, sid: str, *data: Any) -> Any:
        return data

    async def on_enter(self, sid: str, room: str) -> list[str]:
        await self.enter_room(sid, room)
        return sorted(self.server.rooms(sid, self.namespace))

    async def on_remember(self, sid: str, value: Any) -> None:
        async with self.session(sid) as session:
            session["value"] = value

    async def on_recall(self, sid: str) -> Any:
        return (await self.get_session(sid))["value"]


@pytest.fixture
async def site(serve: Serve) -> Site:
    server = AsyncServer(ping_interval=0.1, ping_timeout=0.5)
    server.register_namespace(Talk("/talk"))
    return await serve(server)


@pytest.fixture(params=ROUTES, ids="+".join)
async def client(site: Site, request: pytest.FixtureRequest) -> AsyncIterator[socketio.AsyncClient]:
    client = socketio.AsyncClient()
    await client.connect(site.base, transports=request.param, namespaces=["/talk"])
    yield client
    await client.disconnect()


async def test_it_calls_and_is_answered_with_text_and_bytes(client: socketio.AsyncClient) -> None:
    said = ("a", {"b": [b"\x00\x01", None]})
    assert tuple(await client.call("echo", said, namespace="/talk")) == said


async def test_the_server_calls_it(site: Site, client: socketio.AsyncClient) -> None:
    client.on("add", lambda a, b: a + b, namespace="/talk")
    sid = client.get_sid("/talk")
    assert await soon(site.server.call("add", (b"x", b"y"), to=sid, namespace="/talk")) == b"xy"


async def test_it_is_in_rooms_and_hears_them(site: Site, client: socketio.AsyncClient) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    client.on("news", heard.put_nowait, namespace="/talk")
    sid = client.get_sid("/talk")
    assert await client.call("enter", "den", namespace="/talk") == sorted(["den", sid])
    await site.server.emit("news", {"n": 1, "raw": b"r"}, room="den", namespace="/talk")
    assert await soon(heard.get()) == {"n": 1, "raw": b"r"}
    await site.server.emit("news", 2, room="den", skip_sid=sid, namespace="/talk")
    await site.server.close_room("den", "/talk")
    await site.server.emit("news", 3, room="den", namespace="/talk")
    await site.server.emit("news", 4, namespace="/talk")
    assert await soon(heard.get()) == 4


async def test_its_session_is_kept(client: socketio.AsyncClient) -> None:
    await client.emit("remember", 7, namespace="/talk")
    assert await client.call("recall", namespace="/talk") == 7


async def test_the_server_knows_its_transport(site: Site, client: socketio.AsyncClient) -> None:
    expected = client.transport()
    assert site.server.transport(client.get_sid("/talk"), "/talk") == expected
    assert site.server.get_environ(client.get_sid("/talk"), "/talk")["REMOTE_ADDR"] == "127.0.0.1"


async def test_a_disconnect_reaches_it(site: Site, client: socketio.AsyncClient) -> None:
    gone = asyncio.Event()
    client.on("disconnect", lambda *reason: gone.set(), namespace="/talk")
    await site.server.disconnect(client.get_sid("/talk"), "/talk")
    await soon(gone.wait())
    await until(lambda: not site.server.manager.rooms)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_it_returns_by_itself_when_the_server_closes_the_transport(site: Site, transport: str) -> None:
    client = socketio.AsyncClient(reconnection_delay=0.01, randomization_factor=0)
    connected: asyncio.Queue[str] = asyncio.Queue()
    client.on("connect", lambda: connected.put_nowait("connect"), namespace="/talk")
    await client.connect(site.base, transports=[transport], namespaces=["/talk"])
    await soon(connected.get())
    first = client.get_sid("/talk")
    site.server.connection(first, "/talk").close("drain")
    await soon(connected.get())
    assert client.get_sid("/talk") != first
    assert await client.call("echo", 1, namespace="/talk") == 1
    await client.disconnect()
