"""Nobody makes everybody wait: whatever is sent, at the limit of its operation, the loop goes on meanwhile.

What is measured is the time of the processor between two turns of the loop, so that other programs do not count.
"""

import asyncio
import base64
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest

from bitworks.core.bounds import LARGE
from bitworks.core.operations import AnyOperation
from tests.realtime.engine.engine_peers import POLLING
from tests.support.instances import running
from tests.support.operations import EVENTS, ROUTES
from tests.support.people import Person, register
from tests.support.wires import wire

LONGEST = 0.15
"""Seconds: three times what is promised, since machines differ. What is bounded here took 0.4 to 1 s."""

Filling = Callable[[int], bytes]
HOSTILE: dict[str, Filling] = {
    "nested arrays": lambda size: b'{"metadata":' + b"[" * (size // 2 - 20) + b"]" * (size // 2 - 20) + b"}",
    "empty objects": lambda size: b'{"metadata":[' + b"{}," * ((size - 20) // 3) + b"{}]}",
    "unknown keys": lambda size: b"{" + b",".join(b'"k%06d":1' % n for n in range(size // 12)) + b"}",
    "a long text": lambda size: b'{"content":"' + b"x" * (size - 20) + b'"}',
    "many escapes": lambda size: b'{"content":"' + rb"\"" * ((size - 20) // 2) + b'"}',
    "many backslashes": lambda size: b'{"content":"' + rb"\\" * ((size - 20) // 2) + b'"}',
    "many brackets in a text": lambda size: b'{"content":"' + b"[" * (size - 20) + b'"}',
    "an unpaired surrogate": lambda size: rb'{"content":"\ud800' + b"\\n" * ((size - 40) // 2) + b'"}',
    "a long number": lambda size: b'{"content":' + b"1" * (size - 20) + b"}",
    "nothing but spaces": lambda size: b"{" + b" " * (size - 20) + b"}",
}


def shapes(operation: AnyOperation) -> Iterator[tuple[str, bytes]]:
    """Each as large as the operation takes it, also within a packet of eight mebibytes."""
    for name, fill in HOSTILE.items():
        yield name, fill(operation.bound.size - 200)


@asynccontextmanager
async def watched() -> AsyncIterator[list[float]]:
    """The longest turns of the loop while the block runs, in seconds of its processor, the longest last."""
    turns: list[float] = []

    async def watch() -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            if now - before > 0.02:
                turns.append(now - before)
            before = now

    watching = asyncio.create_task(watch())
    try:
        yield turns
    finally:
        watching.cancel()
        turns.sort()


def raw(method: str, path: str, token: str, body: bytes) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
async def test_no_body_of_any_operation_holds_the_loop(large: bool, person: Person) -> None:
    for route in ROUTES:
        if not route.takes_body or (route.operation.bound is LARGE) != large:
            continue
        path = route.path.replace("{id}", person.id).replace("{conversation_id}", person.id)
        for name, body in shapes(route.operation):
            async with watched() as turns, wire(person.instance.url) as one:
                await one.send(raw(route.method, path, person.token, body))
                assert (await one.end())[9:10] in (b"2", b"4"), (path, name)
            assert not turns or turns[-1] < LONGEST, (path, name, turns[-3:])


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
async def test_no_packet_of_any_event_holds_the_loop(large: bool, person: Person) -> None:
    async with person.device() as device:
        for name, operation in EVENTS.items():
            if (operation.bound is LARGE) != large:
                continue
            for shape, body in shapes(operation):
                packet = f'2{person.namespace},999999["{name}",{body.decode()}]'
                async with watched() as turns:
                    await device.client.eio.send(packet)
                    assert (await device.call("conversation:list", {"limit": 1}))["ok"], (name, shape)
                assert not turns or turns[-1] < LONGEST, (name, shape, turns[-3:])


async def test_no_flood_of_refused_events_holds_the_loop(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    sockets, events = 100, 300
    # So much that all sockets join, and a tenth of the flood is let through.
    async with (
        running(database_url, rate_limits="on", requests_per_second=30) as instance,
        AsyncExitStack() as stack,
    ):
        flooder, other = await register(instance, http), await register(instance, http)
        peers = [await stack.enter_async_context(flooder.device()) for _ in range(sockets)]
        event = f'42{flooder.namespace},["nothing"]'.encode()
        flood = bytes((0x81, 0x80 | len(event))) + b"\0\0\0\0" + event
        assert len(event) < 126
        async with watched() as turns:
            for peer in peers:
                peer.client.eio.ws._writer.transport.write(flood * events)
            assert (await other.rest("GET", "/conversations/me")).status == 200
        assert not turns or turns[-1] < LONGEST, turns[-3:]


async def test_no_answer_of_a_polling_device_holds_the_loop(person: Person) -> None:
    # Words that repeat nothing: what compresses badly takes longest to compress.
    text = base64.b64encode(random.Random(1).randbytes(700_000)).decode()
    conversation = await person.conversation()
    for _ in range(8):
        await person.message(conversation, text)
    ask = json.dumps(["context:window", {"conversation_id": conversation["id"], "max_tokens": 10_000_000}])
    async with polling(person) as (get, post):
        for packet in (f'40{person.namespace},{{"token":"{person.token}"}}', f"42{person.namespace},1{ask}"):
            await post(packet)
        async with watched() as turns:
            while len(await get()) < len(text):
                pass
        assert not turns or turns[-1] < LONGEST, turns[-3:]


@asynccontextmanager
async def polling(
    person: Person,
) -> AsyncIterator[tuple[Callable[[], Awaitable[bytes]], Callable[[str], Awaitable[bytes]]]]:
    """Asks and sends as a polling device that takes what is compressed; inflating it would hold the loop too."""
    url = f"{person.instance.url}/socket.io/"
    async with aiohttp.ClientSession(auto_decompress=False) as http:

        async def send(method: str, sid: str | None, body: str | None = None) -> bytes:
            query = POLLING if sid is None else {**POLLING, "sid": sid}
            headers = {"Accept-Encoding": "gzip"}
            async with http.request(method, url, params=query, headers=headers, data=body) as response:
                assert response.status == 200
                return await response.read()

        sid = json.loads((await send("GET", None))[1:])["sid"]
        yield lambda: send("GET", sid), lambda packet: send("POST", sid, packet)
