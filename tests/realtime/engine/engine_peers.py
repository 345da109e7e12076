"""The words of the engine's tests: a server on a free port, and raw Engine.IO peers."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp

from bitworks.realtime.engine import AsyncServer
from bitworks.realtime.engine.handshake import EngineServer

POLLING = {"EIO": "4", "transport": "polling"}
WEBSOCKET = {"EIO": "4", "transport": "websocket"}
PATIENCE = 20.0

T = TypeVar("T")
Serve = Callable[[AsyncServer | EngineServer], Awaitable["Site"]]


async def soon(awaitable: Awaitable[T]) -> T:
    return await asyncio.wait_for(awaitable, PATIENCE)


async def until(condition: Callable[[], Any]) -> None:
    """Returns at the first loop turn in which the condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - any state, also what nobody announces
            await asyncio.sleep(0)


class WebSocketPeer:
    """A raw websocket; PINGs of the heartbeat are answered and skipped unless asked for."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, heartbeat: bool = True) -> None:
        self.ws = ws
        self.heartbeat = heartbeat

    async def send(self, *packets: str | bytes) -> None:
        for packet in packets:
            await (self.ws.send_str(packet) if isinstance(packet, str) else self.ws.send_bytes(packet))

    async def next(self) -> str | bytes:
        """The next packet. Fails if the server closes instead."""
        while True:
            message = await soon(self.ws.receive())
            assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
            if not (self.heartbeat and message.data == "2"):
                return message.data  # type: ignore[no-any-return]
            await self.ws.send_str("3")

    async def closed(self) -> int | None:
        """The close code, once the server has closed; whatever came before is skipped."""
        while True:
            message = await soon(self.ws.receive())
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
                return self.ws.close_code

    async def join(self, namespace: str = "/", auth: Any = None) -> dict[str, Any]:
        """Connect to a namespace; the CONNECT payload."""
        where = "" if namespace == "/" else namespace + ","
        await self.send(f"40{where}" + ("" if auth is None else json.dumps(auth)))
        answer = await self.next()
        assert isinstance(answer, str)
        assert answer.startswith(f"40{where}"), answer
        return json.loads(answer[2 + len(where) :])  # type: ignore[no-any-return]


class PollingPeer:
    def __init__(self, site: "Site", opened: dict[str, Any]) -> None:
        self.site = site
        self.opened = opened
        self.sid = opened["sid"]

    @property
    def query(self) -> dict[str, str]:
        return {**POLLING, "sid": self.sid}

    async def get(self) -> tuple[int, str]:
        async with self.site.http.get(self.site.url, params=self.query) as response:
            return response.status, await response.text()

    async def post(self, body: str | bytes) -> tuple[int, str]:
        async with self.site.http.post(self.site.url, params=self.query, data=body) as response:
            return response.status, await response.text()

    async def next(self) -> list[str]:
        """The packets of the next poll; a heartbeat alone is answered and skipped."""
        while True:
            status, body = await soon(self.get())
            assert status == 200, body
            if body != "2":
                return [packet for packet in body.split("\x1e") if packet != "2"]
            await self.post("3")

    async def probe(self) -> WebSocketPeer:
        """A websocket of this session that was probed, and is not used yet."""
        peer = await self.site.websocket(sid=self.sid)
        await peer.send("2probe")
        assert await peer.next() == "3probe"
        return peer


class Site:
    """A running server."""

    def __init__(self, server: AsyncServer | EngineServer, url: str, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.url = url
        self.http = http

    @property
    def base(self) -> str:
        return self.url.rsplit("/", 2)[0]

    async def websocket(self, *, heartbeat: bool = True, **query: str) -> WebSocketPeer:
        ws = await self.http.ws_connect(self.url, params={**WEBSOCKET, **query}, max_msg_size=0)
        return WebSocketPeer(ws, heartbeat)

    async def opened_websocket(self, *, heartbeat: bool = True) -> WebSocketPeer:
        """A websocket session whose OPEN packet has been read."""
        peer = await self.websocket(heartbeat=heartbeat)
        opened = await peer.next()
        assert isinstance(opened, str)
        assert opened.startswith("0")
        return peer

    async def joined_websocket(self, namespace: str = "/", auth: Any = None) -> WebSocketPeer:
        peer = await self.opened_websocket()
        await peer.join(namespace, auth)
        return peer

    async def polling(self) -> PollingPeer:
        async with self.http.get(self.url, params=POLLING) as response:
            assert response.status == 200
            return PollingPeer(self, json.loads((await response.text())[1:]))

    async def status(self, method: str = "GET", **query: str) -> int:
        async with self.http.request(method, self.url, params=query) as response:
            return response.status
