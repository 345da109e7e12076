"""Nobody holds a connection by doing nothing, nor makes the server keep much; who does something is left alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from bitworks.hosting.app import Tuning
from bitworks.hosting.connections import ConnectionTimings
from bitworks.realtime.engine.handshake import HEAD_LIMIT
from tests.support.instances import Instance, running
from tests.support.people import Person, register
from tests.support.wires import wire

SHORT = ConnectionTimings(head=1.0, idle=1.0, window=1.0, pace=1024)
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
WITHHELD = {
    "nothing": b"",
    "half a request line": b"GET /hea",
    "half a head": GET + b"Cookie: a",
    "half a handshake of a websocket": b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket",
    "a body that never comes": POST + b"Content-Length: 900\r\n\r\n",
    "half a body": POST + b'Content-Length: 900\r\n\r\n{"email": ',
    "half a body of unknown length": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    "nothing after an answer": GET + b"\r\n",
    "a second head that is not whole": GET + b"\r\n" + GET,
}


@pytest.fixture
async def instance(database_url: str) -> AsyncIterator[Instance]:
    """An instance that waits a second."""
    async with running(database_url, tuning=Tuning(connections=SHORT)) as one:
        yield one


async def deadlines_pass(instance: Instance) -> None:
    """Returns when a connection that says nothing has been closed."""
    async with wire(instance.url) as silent:
        await silent.end()


@pytest.mark.parametrize("sent", WITHHELD.values(), ids=WITHHELD)
async def test_who_says_no_more_is_hung_up_on(sent: bytes, instance: Instance) -> None:
    async with wire(instance.url) as one:
        await one.send(sent)
        await one.end()


@pytest.mark.parametrize(
    ("sent", "byte"),
    [
        (GET, b"a"),
        (POST + b"Content-Length: 9000\r\n\r\n", b" "),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    ],
    ids=["a head", "a body", "the length of a part"],
)
async def test_who_drips_is_hung_up_on(sent: bytes, byte: bytes, instance: Instance) -> None:
    async with wire(instance.url) as one:
        await one.send(sent)
        await one.drip(byte)


async def test_a_body_that_takes_its_time_is_read(person: Person) -> None:
    body = b'{"title": "slow"}'.ljust(8 * 1024)
    head = f"POST /conversations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    async with wire(person.instance.url) as one:
        await one.send(head.encode())
        for start in range(0, len(body), 1024):
            await one.silence(0.3)
            await one.send(body[start : start + 1024])
        assert b"201 Created" in await one.answer()


async def test_a_held_request_is_held_for_as_long_as_it_asked(person: Person) -> None:
    cursor = (await person.must("GET", "/changes?limit=1000"))["cursor"]
    held = asyncio.create_task(person.rest("GET", f"/changes?since={cursor}&wait=30"))
    for _ in range(3):
        await deadlines_pass(person.instance)
    conversation = await person.conversation()
    answer = await held
    assert [change["data"]["id"] for change in answer.body["changes"]] == [conversation["id"]]


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_socket_that_is_silent_stays(transport: str, person: Person) -> None:
    async with person.device(transports=[transport]) as device:
        for _ in range(3):
            await deadlines_pass(person.instance)
        assert (await device.call("conversation:create", {}))["ok"]
        assert device.client.connected


async def test_the_idle_connection_of_a_trusted_proxy_stays_but_it_may_not_be_slow(database_url: str) -> None:
    async with (
        running(database_url, tuning=Tuning(connections=SHORT), trusted_proxies="127.0.0.1") as instance,
        wire(instance.url) as silent,
        wire(instance.url) as idle,
    ):
        await idle.send(GET + b"\r\n")
        await idle.answer()
        for _ in range(2):
            async with wire(instance.url) as slow:
                await slow.send(GET)
                await slow.end()
        for one in (silent, idle):
            await one.send(GET + b"\r\n")
            assert b"200 OK" in await one.answer()


async def test_an_answer_that_is_not_read_is_given_up(person: Person) -> None:
    message = await person.message(await person.conversation(), "漢" * 1_000_000)
    head = f"GET /messages/detail/{message['id']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\n\r\n"
    async with wire(person.instance.url, receive_buffer=4096) as one:
        await one.send(head.encode())
        for _ in range(3):
            await deadlines_pass(person.instance)
        assert len(await one.end()) < 3_000_000


async def test_an_answer_that_is_read_is_whole_however_large_it_is(person: Person) -> None:
    message = await person.message(await person.conversation(), "漢" * 1_000_000)
    head = f"GET /messages/detail/{message['id']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\n\r\n"
    async with wire(person.instance.url, receive_buffer=4096) as one:
        await one.send(head.encode())
        assert len(await one.answer()) > 3_000_000


async def test_answers_that_are_read_slowly_hold_up_no_socket_of_their_user(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    patient = Tuning(connections=ConnectionTimings(window=600))
    async with (
        running(database_url, tuning=patient, rate_limits="on") as instance,
        AsyncExitStack() as stack,
    ):
        person = await register(instance, http)
        message = await person.message(await person.conversation(), "漢" * 1_000_000)
        fields = f"Host: x\r\nAuthorization: Bearer {person.token}\r\n\r\n"
        head = f"GET /messages/detail/{message['id']} HTTP/1.1\r\n{fields}"
        device = await stack.enter_async_context(person.device())
        for _ in range(4):
            slow = await stack.enter_async_context(wire(instance.url, receive_buffer=4096))
            await slow.send(head.encode())
            assert await slow.reader.read(1)  # its place is taken
        listed = await device.call("conversation:list", {})
        assert len(listed["data"]) == 1


async def test_cookies_of_sixteen_kibibytes_are_taken(instance: Instance) -> None:
    async with wire(instance.url) as one:
        await one.send(GET + b"Cookie: " + b"c" * 16 * 1024 + b"\r\n\r\n")
        assert b"200 OK" in await one.answer()


@pytest.mark.parametrize(
    "fields",
    [
        b"Cookie: " + b"c" * HEAD_LIMIT + b"\r\n",
        (b"a: " + b"b" * 999 + b"\r\n") * 30,
        b"a: b\r\n" * 200,
        (b"a" * 64 + b": " + b"b" * 130 + b"\r\n") * 70,
        (b"a" * 64 + b": " + b"b" * 130 + b"\r\n") * 70 + b"\r\n",
    ],
    ids=["one long", "many", "very many", "that take much memory", "whole and take much memory"],
)
async def test_a_head_beyond_its_bound_is_refused(
    fields: bytes, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    async with wire(instance.url) as one:
        await one.send(GET + fields)
        answer = await one.end()
        assert answer.startswith((b"HTTP/1.1 431", b"HTTP/1.0 431"))
    assert caplog.records == []


@pytest.mark.parametrize("path", ["/config?", "/socket.io/?EIO=4&transport=polling&"])
@pytest.mark.parametrize("behind", [b"", GET + b"\r\n"], ids=["alone", "before another"])
async def test_a_query_of_many_fields_is_refused_unread(path: str, behind: bytes, instance: Instance) -> None:
    for count in (90, 101):
        query = "&".join("limit" for _ in range(count))
        async with wire(instance.url) as one:
            await one.send(f"GET {path}{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode() + behind)
            status = (await one.answer()).split(b" ", 2)[1]
            assert (status == b"431") == (count > 100)


@pytest.mark.parametrize(
    "junk", [b"\x16\x03\x01\x02", b"GET\r\n\r\n", GET + b"no field\r\n\r\n", b"\x00" * 99]
)
async def test_what_is_no_http_is_refused_without_a_word_in_the_log(
    junk: bytes, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    async with wire(instance.url) as one:
        await one.send(junk)
        assert b" 400 " in await one.end()
    assert caplog.records == []


async def test_requests_behind_one_another_are_answered_in_order(instance: Instance) -> None:
    async with wire(instance.url) as one:
        await one.send((GET + b"\r\n" + GET.replace(b"/healthz", b"/nothing") + b"\r\n") * 10)
        answers = [await one.answer() for _ in range(20)]
    assert [answer[9:12] for answer in answers] == [b"200", b"404"] * 10


async def test_who_sends_very_many_behind_one_another_gets_the_first_answer_and_is_hung_up_on(
    instance: Instance,
) -> None:
    async with wire(instance.url) as one:
        await one.send((GET + b"Cookie: " + b"c" * 9000 + b"\r\n\r\n") * 20)
        assert 1 <= (await one.end()).count(b"200 OK") < 10
