"""The process of somebody who takes all that one can: `python -m bench.faults.greed`, with accounts and tokens.

Its first line is a `GreedPlan` as JSON. It makes its accounts and what they hold, and says `ready`; after `begin`
it signs in, asks for replies, windows, searches and changes as fast as it is let, until it is told `stop`; then
it says as JSON how often it had its way, and how often it was told to wait. All of it seems to come from one address.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
import uvloop

from bench.faults.attacks import LOWEST_PRIORITY
from bench.faults.people import AT_ONCE, PASSWORD, http_session, raise_file_limit
from bench.faults.process import next_order

SIGNING_IN = 10  # accounts: what one address may register in an hour
SIGN_INS_EACH = 10  # at once
SEARCHES, WINDOWS, HELD = 30, 30, 100  # at once
MESSAGES, MESSAGE_SIZE = 20, 900_000
TITLE = "áéíóúñü" * 28
ALMOST = TITLE[:-1] + "x"
ADDRESS = {"X-Forwarded-For": "192.0.2.66"}
REFUSED_AGAIN = 0.05  # seconds: whoever is greedy does not wait as long as told
PASSING = {429, 503}


@dataclass(frozen=True, slots=True)
class GreedPlan:
    """`conversations`: those of the first account, in each of which it asks."""

    urls: list[str]
    conversations: int


@dataclass(slots=True)
class Greed:
    """Everything that it does is said in `done`, by name and outcome."""

    plan: GreedPlan
    http: aiohttp.ClientSession
    done: Counter[str] = field(default_factory=Counter)
    emails: list[str] = field(default_factory=list)
    token: str = ""
    conversations: list[str] = field(default_factory=list)

    # What it has

    async def prepare(self) -> None:
        for number in range(SIGNING_IN):
            email = f"{os.urandom(8).hex()}@example.org"
            signed_in = await self._made("/auth/register", {"email": email, "password": PASSWORD}, number)
            self.emails.append(email)
            self.token = self.token or signed_in["access_token"]
        room = asyncio.Semaphore(AT_ONCE)
        self.conversations = await asyncio.gather(
            *(self._converse(number, room) for number in range(self.plan.conversations))
        )
        large = {
            "conversation_id": self.conversations[0],
            "role": "user",
            "content": "word " * (MESSAGE_SIZE // 5),
        }
        for number in range(MESSAGES):
            await self._made("/messages", large, number)

    async def _converse(self, number: int, room: asyncio.Semaphore) -> str:
        async with room:
            return str((await self._made("/conversations", {"title": TITLE}, number))["id"])

    async def _made(self, path: str, body: dict[str, object], number: int) -> dict[str, Any]:
        asked = self.http.post(
            self._url(number) + path, json=body, headers=self._headers, raise_for_status=True
        )
        async with asked as answer:
            made: dict[str, Any] = await answer.json()
            return made

    @property
    def _headers(self) -> dict[str, str]:
        return {**ADDRESS, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}

    def _url(self, number: int) -> str:
        return self.plan.urls[number % len(self.plan.urls)]

    # What it takes

    def everything(self) -> Sequence[Awaitable[None]]:
        return [
            *(self._again(self._sign_in, number) for number in range(SIGNING_IN * SIGN_INS_EACH)),
            *(self._again(self._search, number) for number in range(SEARCHES)),
            *(self._again(self._wait_for_changes, number) for number in range(HELD)),
            *(self._again(self._leave_a_window_unread, number) for number in range(WINDOWS)),
            *(self._ask(number) for number in range(len(self.conversations))),
        ]

    async def _again(self, take: Callable[[int], Awaitable[int]], number: int) -> None:
        """Until cancelled."""
        while True:
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                status = await take(number)
                self.done[f"{take.__name__.lstrip('_')}: {status}"] += 1
            await asyncio.sleep(REFUSED_AGAIN)

    async def _sign_in(self, number: int) -> int:
        body = {"email": self.emails[number % SIGNING_IN], "password": PASSWORD}
        async with self.http.post(self._url(number) + "/auth/login", json=body, headers=ADDRESS) as answer:
            return answer.status

    async def _search(self, number: int) -> int:
        return await self._get("/conversations/me", number, title=ALMOST)

    async def _wait_for_changes(self, number: int) -> int:
        return await self._get("/changes", number, since="0", limit="1000", wait="30")

    async def _get(self, path: str, number: int, **query: str) -> int:
        asked = self.http.get(self._url(number) + path, params=query, headers=self._headers)
        async with asked as answer:
            await answer.read()
            return answer.status

    async def _leave_a_window_unread(self, number: int) -> int:
        """Asks for everything, reads the first line of it, and nothing more until the server closes."""
        parts = urlsplit(self._url(number))
        path = f"/context/{self.conversations[0]}/window?max_tokens=100000000"
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1024)
        try:
            head = "".join(f"{name}: {value}\r\n" for name, value in self._headers.items())
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{head}\r\n".encode())
            status = int((await reader.readline()).split()[1])
            if status not in PASSING:
                await _until_lost(writer)
            return status
        finally:
            writer.transport.abort()

    async def _ask(self, number: int) -> None:
        body = {
            "conversation_id": self.conversations[number],
            "role": "user",
            "content": "Slowly?",
            "reply": True,
        }
        while True:
            asked = self.http.post(self._url(number) + "/messages", json=body, headers=self._headers)
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with asked as answer:
                    self.done[f"ask: {answer.status}"] += 1
                    if answer.status not in PASSING:
                        return
            await asyncio.sleep(REFUSED_AGAIN * 10)


async def _until_lost(writer: asyncio.StreamWriter) -> None:
    """The server's closing is not read, as nothing else is: it shows when something is sent."""
    with suppress(ConnectionError):
        while True:
            writer.write(b"\r\n")
            await writer.drain()
            await asyncio.sleep(1)


async def main() -> None:
    raise_file_limit()
    os.nice(LOWEST_PRIORITY)
    plan = GreedPlan(**orjson.loads(await next_order()))
    async with http_session() as http:
        greed = Greed(plan, http)
        await greed.prepare()
        print("ready", flush=True)
        await next_order()
        taking = [asyncio.ensure_future(one) for one in greed.everything()]
        await next_order()
        for one in taking:
            one.cancel()
        await asyncio.gather(*taking, return_exceptions=True)
        print(orjson.dumps(greed.done).decode(), flush=True)


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        uvloop.run(main())
