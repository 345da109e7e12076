"""People who ask a model: from the sending of a question to its first word at their device."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bench.faults.cluster import ROOT
from bench.faults.people import Account
from bench.faults.wire import Gone, Packet, connected
from bench.growing import PATIENCE, Caller


@asynccontextmanager
async def a_model() -> AsyncIterator[str]:
    """A model in a process of its own. Gives what REPLY_BASE_URL takes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.model", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}/v1"
    finally:
        process.stdin.close()
        await process.wait()


class Asker:
    """One person with one device, who asks one question after the other."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._live = asyncio.Event()
        self._word: asyncio.Future[tuple[float, str]] | None = None
        self._ended = asyncio.Event()
        self._caller: Caller | None = None

    @asynccontextmanager
    async def connected(self, http: aiohttp.ClientSession, url: str) -> AsyncIterator[None]:
        """Up to date for as long as the block runs."""
        auth = {"token": self._account.token}
        async with connected(http, url, self._account.namespace, auth) as wire:
            self._caller = caller = Caller(wire)
            hearing = asyncio.create_task(self._hear(wire.packets(), caller))
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._live.wait()
                yield
            finally:
                hearing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await hearing

    async def first_word(self, question: str) -> float:
        """Seconds to it, without those that the model took; returns once the answer has ended."""
        assert self._caller is not None
        self._word, self._ended = asyncio.get_running_loop().create_future(), asyncio.Event()
        sent = time.monotonic()
        await self._caller.call(
            "message:create",
            {"conversation_id": self._account.conversation, "role": "user", "content": question, "reply": True},
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE):
            shown, text = await self._word
            await self._ended.wait()
        return shown - sent - int(text) / 1e6

    async def _hear(self, packets: AsyncIterator[Packet], caller: Caller) -> None:
        with contextlib.suppress(Gone):
            async for packet in packets:
                caller.take(packet)
                if packet.kind == "event":
                    self._take(packet.data[0], packet.data[1])
        caller.abandon()

    def _take(self, event: str, data: dict[str, Any]) -> None:
        if event == "synced":
            self._live.set()
        elif event == "message:delta" and data["text"] and self._word is not None and not self._word.done():
            self._word.set_result((time.monotonic(), data["text"]))
        elif event == "message:updated" and data["status"] != "streaming":
            self._ended.set()
