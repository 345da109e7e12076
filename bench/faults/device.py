"""One device: a socket that comes back by itself, as the stock client does, with its last cursor."""

import asyncio
import contextlib
import random
import time
from typing import Protocol

import aiohttp

from bench.faults.people import Account
from bench.faults.wire import Gone, Packet, Wire, connected

# The stock client's: the first delay doubles up to the longest, give or take half. In seconds.
FIRST_DELAY = 1.0
LONGEST_DELAY = 5.0


class Owner(Protocol):
    """Who is told what a device sees."""

    def arrived(self, device: "Device", at: float, revision: int, id_: str) -> None: ...

    def answered(self, device: "Device", number: int, answer: dict[str, object]) -> None: ...

    def present(self, device: "Device", at: float, here: bool) -> None: ...

    def failed(self, at: float, kind: str) -> None: ...


class Device:
    """Moves to the next instance whenever it returns, as behind a balancer."""

    def __init__(self, number: int, account: Account, urls: list[str], owner: Owner) -> None:
        self.number = number
        self.account = account
        self.cursor: str | None = None
        self.revision = 0
        self.wire: Wire | None = None
        self._urls = urls
        self._at = number
        self._owner = owner
        self._failures = 0

    async def live(self, http: aiohttp.ClientSession) -> None:
        """Until cancelled, or refused for good."""
        while True:
            try:
                await self._once(http)
                return
            except Gone as gone:
                self._owner.failed(time.monotonic(), str(gone))
            finally:
                self._leave()
            await asyncio.sleep(self._delay())
            self._at += 1

    async def _once(self, http: aiohttp.ClientSession) -> None:
        auth = {"token": self.account.token, **({"since": self.cursor} if self.cursor else {})}
        url = self._urls[self._at % len(self._urls)]
        async with (
            connected(http, url, self.account.namespace, auth) as wire,
            contextlib.aclosing(wire.packets()) as packets,
        ):
            async for packet in packets:
                if not self._take(wire, packet):
                    return

    def _take(self, wire: Wire, packet: Packet) -> bool:
        """False if the server said that trying again cannot help."""
        match packet.kind:
            case "event":
                self._event(wire, packet.data)
            case "ack":
                self._owner.answered(self, packet.number or 0, packet.data[0])
            case "refused" | "disconnect":
                self._owner.failed(time.monotonic(), f"sent away: {packet.data}")
                return False
        return True

    def _event(self, wire: Wire, event: list[object]) -> None:
        now = time.monotonic()
        name, data = event[0], event[1]
        assert isinstance(data, dict)
        if name == "sync:reset":
            self.cursor = str(data["cursor"])
            self._owner.failed(now, "sync:reset")
        elif isinstance(event[-1], str) and len(event) > 2:
            self.cursor = event[-1]
        if name == "synced":
            self._here(wire, now)
        elif isinstance(revision := data.get("revision"), int):
            self.revision = max(self.revision, revision)
            self._owner.arrived(self, now, revision, str(data["id"]))

    def _here(self, wire: Wire, now: float) -> None:
        """Up to date. A device that fell behind is told `synced` again, without having left."""
        self._failures = 0
        if self.wire is None:
            self.wire = wire
            self._owner.present(self, now, here=True)

    def _leave(self) -> None:
        if self.wire is not None:
            self.wire = None
            self._owner.present(self, time.monotonic(), here=False)

    def _delay(self) -> float:
        delay: float = min(FIRST_DELAY * 2**self._failures, LONGEST_DELAY)
        self._failures += 1
        return delay * random.uniform(0.5, 1.5)
