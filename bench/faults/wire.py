"""The Socket.IO protocol over a websocket: as much of it as a device needs, and nothing of our server's."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import orjson

Kind = Literal["connect", "disconnect", "event", "ack", "refused"]
_KINDS: dict[str, Kind] = {"0": "connect", "1": "disconnect", "2": "event", "3": "ack", "4": "refused"}
CONNECT_TIMEOUT = 20.0  # seconds, as in the stock client
CLOSE_TIMEOUT = 0.2  # seconds: a frozen server answers no farewell


class Gone(Exception):
    """The transport closed, or the server's heartbeat stopped."""


@dataclass(frozen=True, slots=True)
class Packet:
    """`number` is that of an acknowledgement."""

    kind: Kind
    data: Any
    number: int | None


@dataclass(slots=True)
class Wire:
    """One transport. `patience`: how long, in seconds, the server may be silent before it counts as dead."""

    socket: aiohttp.ClientWebSocketResponse
    namespace: str
    patience: float

    async def emit(self, event: str, payload: object, number: int | None = None) -> None:
        """Sends an event; with a number, an acknowledgement is asked for. Raises `Gone`."""
        head = f"42{self.namespace},{'' if number is None else number}"
        await self.say(head + orjson.dumps([event, payload]).decode())

    async def say(self, text: str) -> None:
        try:
            await self.socket.send_str(text)
        except (ConnectionError, RuntimeError) as error:
            raise Gone(type(error).__name__) from error

    async def packets(self) -> AsyncGenerator[Packet, None]:
        """What arrives, until the transport ends, which raises `Gone`. Answers the heartbeat."""
        while True:
            text = await self._hear()
            if text == "2":
                await self.say("3")
            elif text[0] == "4":
                yield _parse(text)

    async def _hear(self) -> str:
        try:
            message = await self.socket.receive(self.patience)
        except TimeoutError:
            raise Gone("heartbeat stopped") from None
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise Gone("transport closed")
        return str(message.data)


def _parse(text: str) -> Packet:
    """A packet in a namespace: `4` type `/namespace,` number `[...]`."""
    rest = text[text.index(",") + 1 :] if text[2:3] == "/" and "," in text else text[2:]
    start = 0
    while start < len(rest) and rest[start].isdigit():
        start += 1
    data = orjson.loads(rest[start:]) if start < len(rest) else None
    return Packet(_KINDS[text[1]], data, int(rest[:start]) if start else None)


def forwarded(who: str) -> dict[str, str]:
    """The header by which a proxy says for whom it asks: an address of 10.0.0.0/8, the same for one name."""
    high, middle, low = zlib.crc32(who.encode()).to_bytes(4)[:3]
    return {"X-Forwarded-For": f"10.{high}.{middle}.{low}"}


@asynccontextmanager
async def connected(
    http: aiohttp.ClientSession, url: str, namespace: str, auth: dict[str, str]
) -> AsyncIterator[Wire]:
    """A transport that has asked for its namespace. Raises `Gone` where there is no server."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            socket = await http.ws_connect(
                f"{url}/socket.io/?EIO=4&transport=websocket",
                headers=forwarded(namespace),
                compress=0,
                max_msg_size=0,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT),
            )
            opened = (await socket.receive()).data
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Gone(f"no connection: {type(error).__name__}") from error
    try:
        if not isinstance(opened, str):
            raise Gone("closed before it was open")
        said = orjson.loads(opened[1:])
        wire = Wire(socket, namespace, (said["pingInterval"] + said["pingTimeout"]) / 1000)
        await wire.say(f"40{namespace},{orjson.dumps(auth).decode()}")
        yield wire
    finally:
        await socket.close()
