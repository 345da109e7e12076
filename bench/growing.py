"""A message that grows, and devices that show it: what they were shown, and when."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.faults.people import Account
from bench.faults.wire import Gone, Packet, Wire, connected

PATIENCE = 150.0  # seconds: longer than a message whose producer died may stay open


@dataclass(slots=True)
class Shown:
    """What one device shows of the message. `grew` has the length after each delta and when it came. Times
    are in seconds of the monotonic clock.
    """

    text: str = ""
    grew: list[tuple[int, float]] = field(default_factory=list)
    record: dict[str, Any] | None = None
    ended_at: float = 0.0
    has_grown: asyncio.Event = field(default_factory=asyncio.Event)
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def status(self) -> str:
        return "" if self.record is None else str(self.record["status"])

    @property
    def was_cut(self) -> bool:
        """Whether it ended with less text than had been shown."""
        return self.record is not None and len(self.record["content"]) < len(self.text)

    def take(self, event: str, data: dict[str, Any], id_: str) -> None:
        if event == "message:delta" and data["message_id"] == id_:
            self.text = self.text[: data["offset"]] + data["text"]
            self.grew.append((len(self.text), time.monotonic()))
            self.has_grown.set()
        elif event == "message:updated" and data["id"] == id_ and data["status"] != "streaming":
            self.record, self.ended_at = data, time.monotonic()
            self.has_ended.set()


class Caller:
    """A device that asks: each call waits for its answer."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def call(self, event: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Raises `Gone` where it is refused, or the connection ends first."""
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        await self._wire.emit(event, payload, self._number)
        async with asyncio.timeout(PATIENCE):
            said = await answer
        if not said["ok"]:
            raise Gone(f"{event}: {said['error']['code']}")
        return said

    def take(self, packet: Packet) -> None:
        if packet.kind == "ack" and (waiting := self._answers.pop(packet.number or 0, None)):
            waiting.set_result(packet.data[0])

    def abandon(self) -> None:
        for waiting in self._answers.values():
            waiting.set_exception(Gone("closed before it was answered"))
        self._answers.clear()


class Answer:
    """One message that grows in the conversation of one user."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.id = str(uuid.uuid4())
        self.sent: list[tuple[int, float]] = []
        """the length after each append, and when it was sent"""

    @asynccontextmanager
    async def device(self, http: aiohttp.ClientSession, url: str) -> AsyncIterator[tuple[Caller, Shown]]:
        """Connected and up to date for as long as the block runs, or until its instance is gone."""
        shown, live = Shown(), asyncio.Event()
        auth = {"token": self.account.token}
        async with connected(http, url, self.account.namespace, auth) as wire:
            caller = Caller(wire)
            hearing = asyncio.create_task(self._hear(wire, caller, shown, live))
            try:
                async with asyncio.timeout(PATIENCE):
                    await live.wait()
                yield caller, shown
            finally:
                hearing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await hearing

    async def _hear(self, wire: Wire, caller: Caller, shown: Shown, live: asyncio.Event) -> None:
        with contextlib.suppress(Gone):
            async for packet in wire.packets():
                caller.take(packet)
                if packet.kind == "event":
                    event, data = packet.data[0], packet.data[1]
                    shown.take(event, data, self.id)
                    if event == "synced":
                        live.set()
        caller.abandon()

    async def open(self, producer: Caller) -> None:
        await producer.call(
            "message:create",
            {"id": self.id, "conversation_id": self.account.conversation, "role": "assistant",
             "content": "", "status": "streaming"},
        )  # fmt: skip

    async def append(self, producer: Caller, text: str) -> None:
        """Returns once it is taken. Raises `Gone`."""
        length = (self.sent[-1][0] if self.sent else 0) + len(text)
        self.sent.append((length, time.monotonic()))
        await producer.call("message:append", {"id": self.id, "text": text})
