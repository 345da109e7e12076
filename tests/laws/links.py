"""One connection of a device, in Engine.IO's own words: on a websocket, or by polling.

A polling device that does not poll is a slow reader whose every unread byte the server has to keep.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Literal, Protocol

import aiohttp

SEPARATOR = "\x1e"

Transport = Literal["websocket", "polling"]


class Link(Protocol):
    """Packets of an open session, and ways to end it. After `cut` nothing more is heard."""

    reading: asyncio.Event
    is_cut: bool

    async def say(self, packet: str) -> None:
        """Sends one packet. Raises an `aiohttp.ClientError` or `OSError` if the session is gone."""

    def packets(self) -> AsyncIterator[str]:
        """What the server sends, while `reading` is set, until the session ends."""

    async def cut(self) -> None:
        """Drops the connection, with whatever is on its way. Again, it does nothing."""


async def open_link(http: aiohttp.ClientSession, url: str, transport: Transport) -> Link:
    address = f"{url}/socket.io/?EIO=4&transport={transport}"
    if transport == "websocket":
        return WebSocketLink(await http.ws_connect(address, max_msg_size=0))
    async with http.get(address) as response:
        assert response.status == 200
        opened = json.loads((await response.text()).removeprefix("0"))
    return PollingLink(http, f"{address}&sid={opened['sid']}")


class WebSocketLink:
    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self.reading = asyncio.Event()
        self.reading.set()
        self._websocket = websocket
        self.is_cut = False

    async def say(self, packet: str) -> None:
        await self._websocket.send_str(packet)

    async def packets(self) -> AsyncIterator[str]:
        async for message in self._websocket:
            await self.reading.wait()
            if self.is_cut:
                return
            yield message.data

    async def cut(self) -> None:
        self.is_cut = True
        connection = self._websocket._conn
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
        self.reading.set()


class PollingLink:
    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.reading = asyncio.Event()
        self.reading.set()
        self._http = http
        self._url = url
        self._poll: asyncio.Task[str | None] | None = None
        self._posting = asyncio.Lock()
        self.is_cut = False

    async def say(self, packet: str) -> None:
        # One at a time: a second POST on the same session is refused.
        async with self._posting, self._http.post(self._url, data=packet.encode()) as response:
            if response.status != 200:
                raise ConnectionResetError(await response.text())

    async def packets(self) -> AsyncIterator[str]:
        while True:
            await self.reading.wait()
            if self.is_cut:
                return
            self._poll = asyncio.create_task(self._ask())
            try:
                payload = await self._poll
            except asyncio.CancelledError:
                if self.is_cut:
                    return
                raise
            if payload is None:
                return
            for packet in payload.split(SEPARATOR):
                if self.is_cut:
                    return
                yield packet

    async def _ask(self) -> str | None:
        """The next payload; None if the session is gone."""
        try:
            async with self._http.get(self._url) as response:
                return await response.text() if response.status == 200 else None
        except aiohttp.ClientError:
            return None

    async def cut(self) -> None:
        if self.is_cut:
            return
        self.is_cut = True
        if self._poll is not None and not self._poll.done():
            self._poll.cancel()
        else:
            # Between two polls the server could only wait for the heartbeat.
            with contextlib.suppress(OSError, aiohttp.ClientError):
                await self.say("1")
        self.reading.set()
