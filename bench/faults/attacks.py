"""The process of a stranger: `python -m bench.faults.attacks`, who has no account and means no good.

Its first line is an `AttackPlan` as JSON. It says `ready`; after `begin` it attacks until it is told `stop`, and
then says its figures as JSON. It connects from an address of its own, which the instances do not trust, and it
yields the processor to everything else: a stranger has a machine of his own.
"""

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
import uvloop

from bench.faults.bars import MEGABYTE
from bench.faults.people import raise_file_limit
from bench.faults.process import next_order

STRANGER = "127.0.0.66"
LOWEST_PRIORITY = 19
AGAIN = 0.05  # seconds until a connection that ended is made anew
REFUSED_AGAIN = 1.0  # seconds, where it was never made
DRIP = 1.0  # seconds between two bytes
LARGEST_BODY = 8 * MEGABYTE
NARROW_CONNECTIONS = 40
HELD_INFLATIONS = 60
FALSE_CONNECTS = 500
CROWDED_HEADERS = 120

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Behaviour = Callable[[Reader, Writer], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class AttackPlan:
    """`crowd`: connections of the attacks that are many rather than large."""

    name: str
    urls: list[str]
    crowd: int


class Attack:
    """Connections that each behave in one way, and are made anew whenever the server ends them."""

    def __init__(self, plan: AttackPlan) -> None:
        self._addresses = [(parts.hostname or "", parts.port or 80) for parts in map(urlsplit, plan.urls)]
        self.here = self.most = self.made = self.refused = 0

    async def keep_up(self, number: int, behave: Behaviour) -> None:
        """Until cancelled. `number` chooses the instance."""
        host, port = self._addresses[number % len(self._addresses)]
        while True:
            try:
                async with self._connected(host, port) as (reader, writer):
                    await behave(reader, writer)
                await asyncio.sleep(AGAIN)
            except OSError:
                self.refused += 1
                await asyncio.sleep(REFUSED_AGAIN)

    @asynccontextmanager
    async def _connected(self, host: str, port: int) -> AsyncIterator[tuple[Reader, Writer]]:
        reader, writer = await asyncio.open_connection(host, port, local_addr=(STRANGER, 0))
        self.made += 1
        self.here += 1
        self.most = max(self.most, self.here)
        try:
            yield reader, writer
        finally:
            self.here -= 1
            writer.transport.abort()

    def figures(self) -> dict[str, int]:
        return {
            "connections of strangers": self.made,
            "most of them at once": self.most,
            "of them refused or broken off": self.refused,
        }


# Those that say nothing, or hardly anything


async def _until_closed(reader: Reader) -> None:
    while await reader.read(65_536):
        pass


async def be_silent(reader: Reader, _: Writer) -> None:
    await _until_closed(reader)


async def say_half_a_head(reader: Reader, writer: Writer) -> None:
    writer.write(b"POST /auth/login HTTP/1.1\r\nHost: chat.example\r\nContent-Ty")
    await _until_closed(reader)


async def say_half_a_handshake(reader: Reader, writer: Writer) -> None:
    writer.write(b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: chat.example\r\nUpgrade: webs")
    await _until_closed(reader)


async def drip_a_body(reader: Reader, writer: Writer) -> None:
    writer.write(_head(1_000) + b'{"email": "')
    dripping = asyncio.create_task(_drip(writer))
    try:
        await _until_closed(reader)
    finally:
        dripping.cancel()


async def _drip(writer: Writer) -> None:
    while not writer.is_closing():
        writer.write(b"x")
        await asyncio.sleep(DRIP)


# Those that send what costs much to read


def _head(length: int, *lines: str) -> bytes:
    return "\r\n".join(
        [
            "POST /auth/login HTTP/1.1",
            "Host: chat.example",
            "Content-Type: application/json",
            f"Content-Length: {length}",
            *lines,
            "\r\n",
        ]
    ).encode()


def nested(size: int) -> bytes:
    return b"[" * (size // 2) + b"]" * (size // 2)


def unknown_keys(size: int) -> bytes:
    each = len('"1000000":1,')
    return (
        b"{" + b",".join(b'"%d":1' % number for number in range(1_000_000, 1_000_000 + size // each)) + b"}"
    )


def empty_objects(size: int) -> bytes:
    return b'{"email":[' + b",".join([b"{}"] * (size // 3 - 8)) + b"]}"


def post(body: bytes, *lines: str) -> Behaviour:
    """One request after the other on a connection, each when the one before is answered."""
    request = _head(len(body), *lines) + body

    async def behave(reader: Reader, writer: Writer) -> None:
        while True:
            writer.write(request)
            await writer.drain()
            if not await reader.read(65_536):
                return
            await asyncio.sleep(AGAIN)

    return behave


def withhold_the_end(body: bytes, *lines: str) -> Behaviour:
    async def behave(reader: Reader, writer: Writer) -> None:
        writer.write(_head(len(body), *lines) + body[:-4])
        await _until_closed(reader)

    return behave


# Those that ask for namespaces with a token that is none


def _masked(text: bytes) -> bytes:
    """A websocket frame of a client, under the mask that changes nothing."""
    assert 125 < len(text) < 65_536
    return b"\x81\xfe" + len(text).to_bytes(2) + b"\0\0\0\0" + text


async def connect_again_and_again(reader: Reader, writer: Writer) -> None:
    writer.write(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    connect = b'40/users/00000000-0000-7000-8000-000000000000,{"token":"' + b"x" * 100 + b'"}'
    writer.write(_masked(connect) * FALSE_CONNECTS)
    await writer.drain()
    await _until_closed(reader)


async def leave_a_crowded_head(reader: Reader, writer: Writer) -> None:
    """A polling session is opened with as many headers as are taken, and left."""
    lines = [b"X-Filler-%d: %s" % (number, b"x" * 8_000) for number in range(CROWDED_HEADERS)]
    head = [b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1", b"Host: chat.example", *lines]
    writer.write(b"\r\n".join(head) + b"\r\n\r\n")
    await writer.drain()
    await reader.read(65_536)


# The attacks


def silent(crowd: int) -> Sequence[Behaviour]:
    kinds: list[Behaviour] = [be_silent, say_half_a_head, drip_a_body, say_half_a_handshake]
    return [kinds[number % len(kinds)] for number in range(crowd)]


def gzipped(_: int) -> Sequence[Behaviour]:
    body = gzip.compress(nested(LARGEST_BODY))
    return [
        *[withhold_the_end(body, "Content-Encoding: gzip")] * HELD_INFLATIONS,
        *[post(body, "Content-Encoding: gzip")] * NARROW_CONNECTIONS,
    ]


def nesting(_: int) -> Sequence[Behaviour]:
    kinds = [post(make(LARGEST_BODY - 1_000)) for make in (nested, unknown_keys, empty_objects)]
    return [kinds[number % len(kinds)] for number in range(NARROW_CONNECTIONS)]


def connecting(_: int) -> Sequence[Behaviour]:
    return [connect_again_and_again, leave_a_crowded_head] * NARROW_CONNECTIONS


ATTACKS: dict[str, Callable[[int], Sequence[Behaviour]]] = {
    "silent": silent,
    "gzip": gzipped,
    "nested": nesting,
    "connect": connecting,
}


async def main() -> None:
    raise_file_limit()
    os.nice(LOWEST_PRIORITY)
    plan = AttackPlan(**orjson.loads(await next_order()))
    behaviours = ATTACKS[plan.name](plan.crowd)
    attack = Attack(plan)
    print("ready", flush=True)
    await next_order()
    running = [
        asyncio.create_task(attack.keep_up(number, behave)) for number, behave in enumerate(behaviours)
    ]
    await next_order()
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    print(orjson.dumps(attack.figures()).decode(), flush=True)


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        uvloop.run(main())
