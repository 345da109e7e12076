"""Devices of one user that stop reading when they are told to, and what is written to them meanwhile."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import aiohttp
import orjson

from bench.faults.people import Account
from bench.faults.wire import Gone, Wire, connected

SIZE = 10_000  # characters
UNDER_WAY = 32  # writes


class Reader:
    """A device of the user who is written to. It reads only while `reading` is set."""

    def __init__(self, wire: Wire, first: asyncio.Event) -> None:
        self.revisions: list[int] = []
        self.reading = asyncio.Event()
        self.resumed_at = 0.0
        self.first_after: float | None = None
        self.synced = False
        self._wire = wire
        self._first = first

    async def run(self) -> None:
        with suppress(Gone):
            async with aclosing(self._wire.packets()) as packets:
                await self.reading.wait()
                async for packet in packets:
                    if packet.kind == "event":
                        self._take(*packet.data[:2])
                    await self.reading.wait()

    def stop(self) -> None:
        self.reading.clear()

    def resume(self) -> None:
        self.synced = False
        self.resumed_at = time.monotonic()
        self.reading.set()

    def _take(self, name: str, data: dict[str, int]) -> None:
        if name == "synced":
            self.synced = True
            self._first.set()
        elif name == "message:created":
            if self.first_after is None and self.resumed_at:
                self.first_after = time.monotonic() - self.resumed_at
            self.revisions.append(data["revision"])


@asynccontextmanager
async def connected_reader(http: aiohttp.ClientSession, url: str, account: Account) -> AsyncIterator[Reader]:
    """A reader that is up to date, and reads."""
    auth = {"token": account.token}
    synced = asyncio.Event()
    async with connected(http, url, account.namespace, auth) as wire:
        reader = Reader(wire, synced)
        reader.reading.set()
        running = asyncio.create_task(reader.run())
        await synced.wait()
        yield reader
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def write_backlog(http: aiohttp.ClientSession, urls: list[str], account: Account, count: int) -> int:
    """Writes the messages that pile up, and gives the last revision."""
    room = asyncio.Semaphore(UNDER_WAY)
    last = 0

    async def one(number: int) -> None:
        nonlocal last
        async with room:
            revision = await _write(http, urls[number % len(urls)], account)
        last = max(last, revision)

    await asyncio.gather(*(one(number) for number in range(count)))
    return last


async def _write(http: aiohttp.ClientSession, url: str, account: Account) -> int:
    body = {
        "id": str(uuid.uuid4()),
        "conversation_id": account.conversation,
        "role": "user",
        "content": "x" * SIZE,
    }
    headers = {"Authorization": f"Bearer {account.token}"}
    async with http.post(f"{url}/messages", json=body, headers=headers, raise_for_status=True) as answer:
        return int((await answer.json(loads=orjson.loads))["revision"])
