"""Patience with what passes, one clear line for what does not."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bitworks.play.client import ApiClient, PlayFailed

TOKENS = {"access_token": "first", "refresh_token": "r"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Script:
    """A server that gives these answers in turn, and the last for ever. It keeps when each request came."""

    answers: list[Handler]
    requests: list[tuple[float, str, Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((time.monotonic(), request.path, await request.json()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)


def saying(status: int, body: object = None, **headers: str) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(
            body or {}, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return answer


async def hanging_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@asynccontextmanager
async def scripted(
    http: aiohttp.ClientSession, *answers: Handler, **options: Any
) -> AsyncIterator[tuple[ApiClient, Script]]:
    """A server that follows the script, and its client."""
    script = Script(list(answers))
    app = web.Application(client_max_size=2**24)
    app.router.add_post("/{path:.*}", script.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield ApiClient(http, url, first_pause=0.01, **options), script
    finally:
        await runner.cleanup()


async def test_what_passes_is_waited_for(http: aiohttp.ClientSession) -> None:
    passing = [saying(503, Retry_After="0"), hanging_up, saying(502), saying(500, {"retryable": True})]
    async with scripted(http, saying(200, TOKENS), *passing, saying(201, {"id": "x"})) as (server, script):
        await server.login("e", "p")
        answer = await server.post("/messages", {"id": "x"})
    assert (answer.status, answer.body) == (201, {"id": "x"})
    assert [(path, body) for _, path, body in script.requests[1:]] == [("/messages", {"id": "x"})] * 5


@pytest.mark.parametrize("away", [saying(503, {"detail": "The database is away."}), hanging_up])
async def test_what_does_not_pass_ends_it_in_one_line(http: aiohttp.ClientSession, away: Handler) -> None:
    async with scripted(http, saying(200, TOKENS), away, patience=0.1) as (server, script):
        await server.login("e", "p")
        with pytest.raises(PlayFailed) as failure:
            await server.post("/messages", {})
    assert len(script.requests) > 3
    assert "\n" not in str(failure.value)


async def test_a_server_that_is_not_there_is_not_waited_for(
    http: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    server = ApiClient(http, f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(PlayFailed, match=r"^Could not reach http://127.0.0.1:\d+: .*$"):
        await server.login("e", "p")


@pytest.mark.parametrize("url", ["nonsense", "ftp://example.org", "http://", "http://[::1"])
async def test_what_is_no_url_is_said(http: aiohttp.ClientSession, url: str) -> None:
    with pytest.raises(PlayFailed, match=r"^Could not reach "):
        await ApiClient(http, url).login("e", "p")


async def test_all_slow_down_as_long_as_the_server_asks_one(http: aiohttp.ClientSession) -> None:
    async def after_the_other(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.2)
        return web.json_response({}, status=201)

    limited = saying(429, Retry_After="1")
    async with scripted(http, limited, after_the_other, saying(201), patience=0) as (server, script):
        server.resume(TOKENS)

        async def post_twice() -> None:
            await server.post("/messages", {})
            await server.post("/messages", {})

        await asyncio.gather(post_twice(), post_twice())
    (limited_at, *_), _, *later = script.requests
    assert len(later) == 3
    assert all(at - limited_at >= 0.99 for at, *_ in later)


async def test_an_expired_token_is_renewed_once_for_all_that_find_it_expired(
    http: aiohttp.ClientSession,
) -> None:
    renewed = asyncio.Event()

    async def only_the_second(request: web.Request) -> web.StreamResponse:
        if request.path == "/auth/refresh":
            renewed.set()
            return web.json_response({"access_token": "second", "refresh_token": "s"})
        fresh = request.headers["Authorization"] == "Bearer second"
        return web.json_response({}, status=201 if fresh else 401)

    async with scripted(http, only_the_second) as (server, script):
        server.resume(TOKENS)
        answers = await asyncio.gather(*(server.post("/messages", {}) for _ in range(5)))
    assert [answer.status for answer in answers] == [201] * 5
    assert [body for _, path, body in script.requests if path == "/auth/refresh"] == [{"refresh_token": "r"}]


async def test_a_session_that_was_ended_ends_it_in_one_line(http: aiohttp.ClientSession) -> None:
    async with scripted(http, saying(401, {"detail": "It has ended."})) as (server, _):
        server.resume(TOKENS)
        with pytest.raises(PlayFailed, match=r"^Could not stay signed in on \S+: It has ended\.$"):
            await server.post("/messages", {})


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (
            saying(409, {"code": "email_taken"}),
            r"^The account e exists already: add --email e --password .*$",
        ),
        (saying(403, {"detail": "It is closed."}), r"^Could not register e on \S+: It is closed\.$"),
        (saying(429, {"detail": "Too many."}), r"^\S+ refused the sign-in for now: Too many\.$"),
        (saying(404), r"^Could not register e on \S+: it answered 404$"),
        (saying(201, ["?"]), r"^Could not register e: \S+ is not a bitworks server\.$"),
    ],
)
async def test_why_nobody_was_let_in_is_said_in_one_line(
    http: aiohttp.ClientSession, answer: Handler, line: str
) -> None:
    async with scripted(http, answer) as (server, _):
        with pytest.raises(PlayFailed, match=line):
            await server.register("e")


async def test_a_body_of_many_megabytes_goes_through_more_than_once(http: aiohttp.ClientSession) -> None:
    content = "🌊" * 1_000_000
    async with scripted(http, saying(503), saying(201)) as (server, script):
        server.resume(TOKENS)
        assert (await server.post("/messages", {"content": content})).status == 201
    assert [body for *_, body in script.requests] == [{"content": content}] * 2
