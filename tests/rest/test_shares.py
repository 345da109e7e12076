"""Whoever asks for much at once waits behind nobody's requests but their own, and is told when it is too much."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
import asyncpg
import pytest

from bitworks.features.limits.fair_queue import QueueBounds
from tests.support.instances import Instance, running
from tests.support.people import PATIENCE, Json, Person, register
from tests.support.wires import Wire, wire


@asynccontextmanager
async def reading_is_held(database_url: str, table: str) -> AsyncIterator[None]:
    """Whoever reads this table waits until the block ends."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute(f"lock table {table} in access exclusive mode")
            yield
    finally:
        await connection.close()


async def test_one_user_searches_once_at_a_time_and_some_wait(database_url: str, person: Person) -> None:
    await person.conversation(title="Rome")
    async with reading_is_held(database_url, "conversations"):
        searches = [
            asyncio.create_task(person.rest("GET", "/conversations/me?title=rome")) for _ in range(12)
        ]
        done, waiting = await asyncio.wait(searches, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        (refused,) = [one.result() for one in done]
        assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "rate_limited", "1")
        # The others hold one connection between them, so all else goes on.
        assert (await person.rest("GET", "/auth/verify")).status == 200
    answers = await asyncio.gather(*waiting)
    assert [answer.status for answer in answers] == [200] * 11
    assert all(answer.body[0]["title"] == "Rome" for answer in answers)


# Windows: 1 MB a message, in few tokens each.


async def a_long_conversation(database_url: str, person: Person, messages: int, character: str = "x") -> Json:
    conversation = await person.conversation()
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        """
        insert into messages (user_id, id, conversation_id, role, content, metadata, token_count, timestamp,
                              position, revision, fingerprint)
        select $1::text::uuid, gen_random_uuid(), $2::text::uuid, 'assistant', repeat($4, 1000000), '{}', 10, now(),
               n, n, ''
        from generate_series(2, 1 + $3) n
        """,
        person.id,
        conversation["id"],
        messages,
        character,
    )
    await connection.execute(
        f"update conversations set message_total = {messages}, token_total = {10 * messages}"
    )
    await connection.execute("update heads set revision = $1", messages + 1)
    await connection.close()
    return conversation


async def test_a_window_has_8_mib_of_text_at_most_and_says_what_fell_out(
    database_url: str, person: Person
) -> None:
    conversation = await a_long_conversation(database_url, person, 12)
    window = await person.must("GET", f"/context/{conversation['id']}/window?max_tokens=100000000")
    assert len(window["messages"]) == 8
    assert [(run["reason"], run["count"]) for run in window["dropped"]] == [("budget", 4)]


@pytest.mark.parametrize(("character", "kept"), [("\n", 8), ("\x01", 2)])
async def test_a_window_has_16_mib_of_json_at_most(
    database_url: str, person: Person, character: str, kept: int
) -> None:
    conversation = await a_long_conversation(database_url, person, 12, character)
    window = await person.must("GET", f"/context/{conversation['id']}/window?max_tokens=100000000")
    assert len(window["messages"]) == kept
    assert [(run["reason"], run["count"]) for run in window["dropped"]] == [("budget", 12 - kept)]


@pytest.mark.parametrize(("character", "count"), [("x", 9), ("\x01", 3)])
async def test_what_is_always_in_a_window_is_no_more_either(
    database_url: str, person: Person, character: str, count: int
) -> None:
    conversation = await a_long_conversation(database_url, person, count, character)
    pinned = [one["id"] for one in await all_messages(person, conversation)]
    context = {"conversation_id": conversation["id"], "context_window": {"pinned": pinned}}
    await person.must("POST", "/context", context)
    refused = await person.rest("GET", f"/context/{conversation['id']}/window?max_tokens=100000000")
    assert (refused.status, refused.code) == (409, "window_too_small")
    assert "more than 8 MiB" in refused.body["detail"]


async def all_messages(person: Person, conversation: Json) -> list[Json]:
    pages, before = [], 2**53 - 1
    while page := await person.must("GET", f"/messages/{conversation['id']}?before={before}"):
        pages += page
        before = page[0]["position"]
    return pages


def deaf_request(person: Person, path: str, method: str = "GET", body: str = "") -> socket.socket:
    """A connection that asks for something, and does not read what comes."""
    parts = urlsplit(person.instance.url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((parts.hostname, parts.port))
    head = f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {person.token}\r\n"
    described = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    connection.sendall(f"{head}{described}\r\n{body}".encode())
    return connection


async def has_places(instance: Instance, person: Person, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while instance.app.reads._busy[person.id] != count:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.01)


async def test_answers_that_are_not_read_are_four_of_a_user_at_most_and_nobody_else_waits(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, rate_limits="on") as instance:
        deaf, other = await register(instance, http), await register(instance, http)
        conversation = await a_long_conversation(database_url, deaf, 8)
        path = f"/context/{conversation['id']}/window?max_tokens=100000000"
        connections = [deaf_request(deaf, path) for _ in range(4)]
        await has_places(instance, deaf, 4)
        waiting = asyncio.create_task(deaf.rest("GET", "/changes"))
        assert (await other.rest("GET", "/changes")).status == 200
        assert (await deaf.rest("GET", "/auth/verify")).status == 200
        assert not waiting.done()
        for connection in connections:
            connection.close()
        assert (await waiting).status == 200
        await has_places(instance, deaf, 0)


async def test_large_answers_to_small_writes_are_few_until_they_are_read_and_no_write_waits(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = QueueBounds(100, places_of_share=2, waiting=100, waiting_of_share=2, retry_after=1)
    async with running(database_url, rate_limits="on") as instance:
        monkeypatch.setattr(instance.app.answers, "_bounds", few)
        deaf, other = await register(instance, http), await register(instance, http)
        conversation = await deaf.conversation()
        # Six bytes each as JSON: more than the system takes into its own buffers.
        message = await deaf.message(conversation, "\x01" * 1_000_000)
        path = f"/messages/{message['id']}"
        connections = [deaf_request(deaf, path, "PUT", '{"metadata":{}}') for _ in range(4)]
        async with asyncio.timeout(PATIENCE):
            while len(instance.app.answers._waiting) < 2:  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.01)
        assert instance.app.answers._busy[deaf.id] == 2
        refused = await deaf.rest("PUT", path, {"metadata": {"a": 1}})
        assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "rate_limited", "1")
        assert (await deaf.message(conversation, "small"))["content"] == "small"
        assert len((await other.message(await other.conversation(), "x" * 100_000))["content"]) == 100_000
        for connection in connections:
            connection.close()
        answer = await deaf.rest("PUT", path, {"metadata": {"a": 2}})
        while answer.status == 429:
            answer = await deaf.rest("PUT", path, {"metadata": {"a": 2}})
        assert len(answer.body["content"]) == 1_000_000


# Large bodies on their way


LARGE = 300_000  # bytes


@asynccontextmanager
async def half_sent(person: Person, head: str) -> AsyncIterator[Wire]:
    """A message of which only half has come."""
    async with wire(person.instance.url) as one:
        await one.send(
            f"POST /messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\n"
            f"Content-Type: application/json\r\n{head}\r\n\r\n".encode()
        )
        yield one


async def has_uploads(instance: Instance, person: Person, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while instance.app.uploads._busy[person.id] != count:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("head", [f"Content-Length: {LARGE}", "Transfer-Encoding: chunked"])
async def test_of_the_large_bodies_of_one_user_eight_are_on_their_way_and_nobody_else_waits(
    database_url: str, http: aiohttp.ClientSession, head: str
) -> None:
    async with running(database_url, rate_limits="on") as instance:
        slow, other = await register(instance, http), await register(instance, http)
        conversation, others = await slow.conversation(), await other.conversation()
        async with AsyncExitStack() as stack:
            for _ in range(8):
                await stack.enter_async_context(half_sent(slow, head))
            await has_uploads(instance, slow, 8)
            waiting = asyncio.create_task(slow.message(conversation, "x" * LARGE))
            assert (await other.message(others, "x" * LARGE))["role"] == "user"
            assert (await slow.message(conversation, "small"))["content"] == "small"
            assert not waiting.done()
        assert (await waiting)["content"] == "x" * LARGE
        await has_uploads(instance, slow, 0)


async def test_a_large_body_whose_turn_does_not_come_is_asked_to_try_again(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitworks.rest.routing.UPLOAD_PATIENCE", 0.05)
    async with running(database_url, rate_limits="on") as instance:
        slow = await register(instance, http)
        conversation = await slow.conversation()
        async with AsyncExitStack() as stack:
            for _ in range(8):
                await stack.enter_async_context(half_sent(slow, f"Content-Length: {LARGE}"))
            await has_uploads(instance, slow, 8)
            body = {"conversation_id": conversation["id"], "role": "user", "content": "x" * LARGE}
            refused = await slow.rest("POST", "/messages", body)
            assert (refused.status, refused.code, refused.headers["Retry-After"]) == (
                429,
                "rate_limited",
                "5",
            )
