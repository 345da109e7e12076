"""Large messages of one owner: few are on their way or at work at once, and none comes too slowly."""

import asyncio
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from bitworks.realtime.engine import AsyncServer, connection
from bitworks.realtime.engine.inflow import LARGE, Place, Places
from tests.realtime.engine.engine_peers import PATIENCE, Serve, Site, until
from tests.realtime.engine.test_engine_strangers import HANDSHAKE

# More than comes with the read that takes it above LARGE.
TEXT = f'42["text","{"x" * 3 * LARGE}"]'
HALF = len(TEXT) // 2


@dataclass
class Texts:
    """A server that has two places for large messages of each owner, who is named by the token."""

    handled: list[str] = field(default_factory=list)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_end.set()

    def server(self) -> AsyncServer:
        server = AsyncServer(
            async_handlers=False,
            large_per_owner=2,
            owner_of=lambda connection: connection.session.get("owner"),
        )

        async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
            server.connection(sid).session["owner"] = auth["token"]

        async def text(sid: str, data: str) -> None:
            self.handled.append(server.connection(sid).session["owner"])
            await self.may_end.wait()

        server.on("connect", connect)
        server.on("text", text)
        return server


@dataclass
class Raw:
    """A websocket of which each byte is sent by hand."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def closed(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.reader.read(65536):
                pass


def frame(text: str) -> bytes:
    """As clients send it, under a mask of zeros."""
    return b"\x81" + struct.pack("!BQ", 0x80 | 127, len(text)) + b"\0\0\0\0" + text.encode()


@pytest.fixture
def texts() -> Texts:
    return Texts()


@pytest.fixture
def raws() -> Iterator[list[Raw]]:
    opened: list[Raw] = []
    yield opened
    for raw in opened:
        raw.writer.close()


async def joined(site: Site, raws: list[Raw], owner: str) -> Raw:
    parts = urlsplit(site.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    query = f"{parts.path}?EIO=4&transport=websocket"
    writer.write(f"GET {query} HTTP/1.1\r\nHost: {parts.netloc}\r\n{HANDSHAKE}\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    raws.append(raw := Raw(reader, writer))
    raw.send(frame(f'40{{"token":"{owner}"}}'))
    async with asyncio.timeout(PATIENCE):
        await reader.readuntil(b'40{"sid"')
    return raw


def places_of(site: Site, owner: str) -> tuple[int, int]:
    """How many are taken, and how many wait."""
    places: Places = site.server.eio._places  # type: ignore[union-attr]
    return places._taken.get(owner, 0), len(places._waiting.get(owner, ()))


async def test_one_owners_large_messages_wait_for_their_turn_unread_and_nobody_elses_do(
    serve: Serve, texts: Texts, raws: list[Raw]
) -> None:
    site = await serve(texts.server())
    slow = [await joined(site, raws, "ana") for _ in range(2)]
    for one in slow:
        one.send(frame(TEXT)[:HALF])
    await until(lambda: places_of(site, "ana") == (2, 0))
    waiting, small, other = [await joined(site, raws, owner) for owner in ("ana", "ana", "ben")]
    waiting.send(frame(TEXT))
    await until(lambda: places_of(site, "ana") == (2, 1))
    small.send(frame('42["text","small"]'))
    other.send(frame(TEXT))
    await until(lambda: sorted(texts.handled) == ["ana", "ben"])
    slow[0].send(frame(TEXT)[HALF:])
    await until(lambda: texts.handled.count("ana") == 3)
    slow[1].writer.close()
    await until(lambda: places_of(site, "ana") == (0, 0))
    assert places_of(site, "ben") == (0, 0)


async def test_a_large_message_has_its_place_until_it_is_handled_even_if_its_client_has_gone(
    serve: Serve, texts: Texts, raws: list[Raw]
) -> None:
    site = await serve(texts.server())
    texts.may_end.clear()
    for number in range(2):
        one = await joined(site, raws, "ana")
        one.send(frame(TEXT))
        await until(lambda expected=number + 1: len(texts.handled) == expected)
        one.writer.close()
    await until(lambda: site.server.connections == {})
    assert places_of(site, "ana") == (2, 0)
    waiting = await joined(site, raws, "ana")
    waiting.send(frame(TEXT))
    await until(lambda: places_of(site, "ana") == (2, 1))
    texts.may_end.set()
    await until(lambda: len(texts.handled) == 3)
    await until(lambda: places_of(site, "ana") == (0, 0))


async def test_a_large_message_that_comes_to_a_halt_ends_its_connection(
    serve: Serve, texts: Texts, raws: list[Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PACE_WINDOW", 0.1)
    site = await serve(texts.server())
    halted = await joined(site, raws, "ana")
    halted.send(frame(TEXT)[:HALF])
    await halted.closed()
    assert places_of(site, "ana") == (0, 0)


async def test_who_waits_for_a_place_or_has_a_small_message_is_not_judged_by_its_pace(
    serve: Serve, texts: Texts, raws: list[Raw], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = await serve(texts.server())
    texts.may_end.clear()
    for _ in range(2):
        (await joined(site, raws, "ana")).send(frame(TEXT))
    await until(lambda: len(texts.handled) == 2)
    checks = 0

    def check(self: connection.Connection, place: Place, before: int | None) -> None:
        nonlocal checks
        checks += 1
        checked(self, place, before)

    checked = connection.Connection._check_pace
    monkeypatch.setattr(connection.Connection, "_check_pace", check)
    monkeypatch.setattr(connection, "PACE_WINDOW", 0.02)
    waiting, small = [await joined(site, raws, "ana") for _ in range(2)]
    waiting.send(frame(TEXT))
    small.send(frame('42["text","small"]')[:-5])
    await until(lambda: checks >= 3)
    assert len(site.server.connections) == 4
    texts.may_end.set()
    await until(lambda: len(texts.handled) == 3)


async def test_the_large_body_of_a_poll_waits_for_a_place_too(
    serve: Serve, texts: Texts, raws: list[Raw]
) -> None:
    site = await serve(texts.server())
    slow = [await joined(site, raws, "ana") for _ in range(2)]
    peer = await site.polling()
    await peer.post('40{"token":"ana"}')
    await until(lambda: len(site.server.connections) == 3)
    await peer.get()
    for one in slow:
        one.send(frame(TEXT)[:HALF])
    await until(lambda: places_of(site, "ana") == (2, 0))
    await peer.post('42["text","small"]')
    await until(lambda: texts.handled == ["ana"])
    posting = asyncio.create_task(peer.post(TEXT))
    await until(lambda: places_of(site, "ana") == (2, 1))
    slow[0].writer.close()
    await posting
    await until(lambda: texts.handled == ["ana", "ana"])
    slow[1].writer.close()
    await until(lambda: places_of(site, "ana") == (0, 0))


def test_places_go_to_those_who_wait_in_their_order_and_nothing_is_kept_of_owners_without_one() -> None:
    places = Places(1)
    first, second, third = [places.enter("ana", lambda: None) for _ in range(3)]
    other = places.enter("ben", lambda: None)
    assert [place.granted for place in (first, second, third, other)] == [True, False, False, True]
    places.leave(second)
    places.leave(other)
    places.leave(third)
    places.leave(first)
    assert (places._taken, places._waiting) == ({}, {})
