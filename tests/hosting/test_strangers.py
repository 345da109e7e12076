"""What strangers can do to everybody else: little, for as long as they try."""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from itertools import pairwise
from statistics import median

import aiohttp
import psutil
import pytest

from bitworks.features.limits.strangers import StrangerBounds
from tests.support.instances import SECRET, Instance, running
from tests.support.people import PASSWORD, Answer, register, request
from tests.support.program import PROGRAM, a_person_at, environment, serving, serving_with, stop
from tests.support.wires import Wire, wire

POST = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 8192\r\n"
FULL = b"a" * 64 + b": " + b"b" * 130 + b"\r\n"
MOST_EACH = 64 * 1024
"""Bytes. Unbounded it was 15 MB."""
# The most that can be sent before anything is known of its sender.
SENT = {
    "nothing": b"",
    "a head of one long line": b"GET / HTTP/1.1\r\nCookie: " + b"c" * (16 * 1024),
    "a head of many lines": b"GET / HTTP/1.1\r\n" + FULL * 49,
    "a head and all but the end of a body": POST + FULL * 48 + b"\r\n{" + b" " * 8_000,
    "a head of one long line and all but the end of a body": (
        POST + b"Cookie: " + b"c" * (16 * 1024) + b"\r\n\r\n{" + b" " * 8_000
    ),
    "an answer that is not read": b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n",
    "a query of many fields that are none": (
        b"GET /config?" + b"&".join(b"%x" % n for n in range(4_000)) + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    ),
    "a page that is not read": b"GET /docs HTTP/1.1\r\nHost: x\r\n\r\n" * 30,
}


@pytest.fixture
async def instance(database_url: str) -> AsyncIterator[Instance]:
    """An instance that limits."""
    async with running(database_url, rate_limits="on") as one:
        yield one


async def log_in(instance: Instance, http: aiohttp.ClientSession, **headers: str) -> Answer:
    body = {"email": "nobody@example.org"}
    return await request(http, "POST", f"{instance.url}/auth/login", json=body, headers=headers)


async def test_an_address_that_is_refused_again_and_again_is_told_to_wait(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    answers = [await log_in(instance, http) for _ in range(400)]
    assert [answer.status for answer in answers[:300]] == [422] * 300
    assert answers[-1].code == "rate_limited"
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert (await person.rest("GET", "/conversations/me", token="none")).code == "rate_limited"
    # Whoever has proved who they are is not touched by it.
    assert (await person.rest("GET", "/conversations/me")).status == 200


async def test_who_shares_an_address_with_a_nuisance_signs_in_and_stays_signed_in(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    while (await log_in(instance, http)).status != 429:
        pass
    assert (await request(http, "GET", f"{instance.url}/config")).status == 200
    renewed = {"refresh_token": person.tokens["refresh_token"]}
    assert (await request(http, "POST", f"{instance.url}/auth/refresh", json=renewed)).status == 200
    credentials = {"email": person.tokens["user"]["email"], "password": PASSWORD}
    assert (await request(http, "POST", f"{instance.url}/auth/login", json=credentials)).status == 200
    unknown = {"refresh_token": "none of ours"}
    while (await request(http, "POST", f"{instance.url}/auth/refresh", json=unknown)).code != "rate_limited":
        pass


async def test_refresh_tokens_of_sessions_that_have_ended_are_held_against_nobody(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    assert (await person.rest("POST", "/auth/logout")).status == 204
    ended = {"refresh_token": person.tokens["refresh_token"]}
    for _ in range(320):
        answer = await request(http, "POST", f"{instance.url}/auth/refresh", json=ended)
        assert answer.code == "unauthorized"


async def test_tokens_that_have_expired_are_held_against_nobody(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, rate_limits="on", access_token_seconds=1) as instance:
        person = await register(instance, http)
        answers = [await person.rest("GET", "/conversations/me")]
        while answers[-1].status == 200:
            answers.append(await person.rest("GET", "/conversations/me"))
        for _ in range(320):
            assert (await person.rest("GET", "/conversations/me")).code == "unauthorized"
        renewed = {"refresh_token": person.tokens["refresh_token"]}
        assert (await request(http, "POST", f"{instance.url}/auth/refresh", json=renewed)).status == 200


async def test_behind_a_trusted_proxy_each_client_is_counted_by_itself(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, rate_limits="on", trusted_proxies="127.0.0.1") as instance:
        for number in range(320):
            # As some gateways write it.
            last = await log_in(instance, http, **{"X-Forwarded-For": f"198.51.100.1:{4000 + number}"})
        assert last.status == 429
        assert (await log_in(instance, http, **{"X-Forwarded-For": "198.51.100.2"})).status == 422


@pytest.mark.servers
async def test_silent_connections_of_one_address_shut_nobody_else_out(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    places = StrangerBounds(in_all=1).places
    with serving(database_url=database_url, secret_key=SECRET, host="127.0.0.1") as (process, url):
        person = await a_person_at(url, http)
        async with AsyncExitStack() as stack:
            silent = [
                await stack.enter_async_context(wire(url, source="127.0.0.2")) for _ in range(places + 20)
            ]
            refused = [one for one in silent if await closes_at_once(one)]
            assert len(refused) >= 20
            async with wire(url) as other:
                await other.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert b"200 OK" in await other.answer()
            assert (await person.rest("GET", "/conversations/me")).status == 200
        stop(process)
        assert process.stderr is not None
        assert process.stderr.read().count("connections_refused") == 1


async def closes_at_once(one: Wire) -> bool:
    """Whether the server has hung up; it has been asked something since."""
    try:
        await asyncio.wait_for(one.reader.read(1), 0.01)
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.mark.servers
async def test_a_server_with_few_descriptors_says_so_and_recovers(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    settings = environment(
        database_url=database_url, secret_key=SECRET, host="127.0.0.1", trusted_proxies="127.0.0.0/8"
    )
    few = ["sh", "-c", 'ulimit -n 200; exec "$@"', "sh", *PROGRAM, "serve"]
    with serving_with(few, settings) as (process, url):
        async with AsyncExitStack() as stack:
            held = [await stack.enter_async_context(wire(url)) for _ in range(300)]
            with suppress(ConnectionError):
                await held[-1].end()
        await until_served(url)
        stop(process)
        assert process.stderr is not None
        log = process.stderr.read()
    assert log.count("no_descriptors") == 1
    assert "Traceback" not in log


async def until_served(url: str) -> None:
    async with asyncio.timeout(30):
        while True:
            with suppress(ConnectionError):
                async with wire(url) as one:
                    await one.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                    if b"200 OK" in await one.reader.read(100):
                        return


@pytest.mark.servers
def test_descriptors_are_raised_to_what_the_process_may_have_and_said(database_url: str) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    settings = environment(database_url=database_url, secret_key=SECRET, host="127.0.0.1")
    low = ["sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh", *PROGRAM, "serve"]
    with serving_with(low, settings) as (process, _):
        if sys.platform == "linux":
            assert psutil.Process(process.pid).rlimit(resource.RLIMIT_NOFILE)[0] == min(hard, 1 << 20)
        stop(process)


@pytest.mark.servers
@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
async def test_a_connection_costs_little_before_it_has_proved_whose_it_is(
    sent: bytes, database_url: str, http: aiohttp.ClientSession
) -> None:
    with serving(database_url=database_url, secret_key=SECRET, host="127.0.0.1") as (process, url):
        server = psutil.Process(process.pid)
        person = await a_person_at(url, http)
        await person.message(await person.conversation())  # counted, by a vocabulary that takes 70 MB
        async with AsyncExitStack() as stack:
            held = [server.memory_info().rss]
            for _ in range(4):
                for _ in range(100):
                    await (await stack.enter_async_context(wire(url, receive_buffer=4096))).send(sent)
                await all_is_read(url)
                held.append(server.memory_info().rss)
        # The first hundred bring what is made once for all.
        each = median(after - before for before, after in pairwise(held[1:])) / 100
        assert each < MOST_EACH, f"{each / 1024:.0f} KiB"
        stop(process)


async def all_is_read(url: str) -> None:
    """Returns when the server has read what was sent before: it takes turns, and each turn reads all there is."""
    for _ in range(5):
        async with wire(url, source="127.0.0.3") as one:
            await one.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            await one.answer()
