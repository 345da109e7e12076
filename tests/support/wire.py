"""A bare websocket, for what no client would say."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from tests.support.instances import Instance
from tests.support.people import PATIENCE, Json

NOWHERE = "/made-up"


@dataclass(frozen=True, slots=True)
class Wire:
    """Packets as they are."""

    socket: aiohttp.ClientWebSocketResponse

    async def say(self, packet: str) -> None:
        await self.socket.send_str(packet)

    async def hear(self) -> str:
        """The next packet that is not a heartbeat."""
        async with asyncio.timeout(PATIENCE):
            while (packet := await self.socket.receive_str()) == "2":
                await self.say("3")
        return packet

    async def connect(self, namespace: str, auth: object = None) -> str:
        """Asks for a namespace, and gives the answer."""
        named = "" if namespace == "/" else f"{namespace},"
        await self.say(f"40{named}" + ("" if auth is None else json.dumps(auth)))
        return await self.hear()

    async def refused(self, namespace: str, auth: object = None) -> Json:
        """Asks for a namespace; gives the CONNECT_ERROR, after which nothing else is said."""
        named = "" if namespace == "/" else f"{namespace},"
        answer = await self.connect(namespace, auth)
        assert answer.startswith(f"44{named}"), answer
        assert (await self.connect(NOWHERE, {"token": "x"})).startswith(f"44{NOWHERE},")
        error: Json = json.loads(answer.removeprefix(f"44{named}"))
        return error


@asynccontextmanager
async def wire(instance: Instance, http: aiohttp.ClientSession) -> AsyncIterator[Wire]:
    url = f"{instance.url}/socket.io/?EIO=4&transport=websocket"
    async with http.ws_connect(url) as socket:
        opened = Wire(socket)
        assert (await opened.hear()).startswith("0{")
        yield opened
