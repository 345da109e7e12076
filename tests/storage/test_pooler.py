"""A PgBouncer between: in the mode in which each transaction may have another connection, and in the other."""

import asyncio
import os
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from structlog.testing import capture_logs

from bitworks.core.errors import Unavailable
from bitworks.storage.database import Database
from bitworks.storage.migrations import migrate
from bitworks.storage.pooler import Pooler
from tests.support.instances import SECRET, running
from tests.support.people import register
from tests.support.pgbouncer import pooled
from tests.support.program import bitworks
from tests.support.talks import ask, ended

pytestmark = pytest.mark.servers

WRITERS = 10
MESSAGES = 20  # of each writer


@pytest.fixture
async def transaction_url(database_url: str) -> AsyncIterator[str]:
    async with pooled(database_url, "transaction") as url:
        yield url


async def test_two_instances_behind_one_pooler_serve_as_without(
    transaction_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    async with (
        running(transaction_url, redis_url=redis_url) as one,
        running(transaction_url, redis_url=redis_url) as other,
    ):
        person = await register(one, http)
        conversations = [await person.conversation() for _ in range(WRITERS)]

        async def write(number: int) -> list[Any]:
            instance = (one, other)[number % 2]
            body = {"conversation_id": conversations[number]["id"], "role": "user"}
            return [
                await person.rest("POST", "/messages", {**body, "content": f"{n}"}, instance=instance)
                for n in range(MESSAGES)
            ]

        answers = await asyncio.gather(*map(write, range(WRITERS)))
        assert {answer.status for of_one in answers for answer in of_one} == {201}
        async with person.device(other):  # synced
            page = await person.rest("GET", f"/messages/{conversations[0]['id']}?limit=100")
        assert [one["content"] for one in page.body] == [f"{n}" for n in range(MESSAGES)]


async def test_a_message_streams_and_ends_behind_a_pooler(
    transaction_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(transaction_url, reply_producer="demo") as instance:
        person = await register(instance, http)
        question = await ask(person, await person.conversation())
        assert (await ended(person, question["reply"]["message_id"]))["status"] == "complete"


async def test_a_database_is_migrated_through_a_pooler_again_and_again(postgres: str) -> None:
    name = f"pooled_{os.getpid()}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f"create database {name}")
    async with pooled(postgres, "transaction") as url:
        url = url.replace("/postgres", f"/{name}")
        for _ in range(2):
            done = await asyncio.to_thread(bitworks, "migrate", database_url=url, secret_key=SECRET)
            assert (done.returncode, done.stderr) == (0, "")
        await asyncio.gather(*(migrate(url) for _ in range(3)))
        # Nothing is left locked in a connection that the pooler keeps.
        assert await connection.fetchval("select count(*) from pg_locks where locktype = 'advisory'") == 0
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


@pytest.mark.parametrize(
    ("mode", "pooler", "followed"),
    [("transaction", "auto", False), ("session", "auto", False), ("session", "session", True)],
)
async def test_statements_are_prepared_for_good_only_where_they_are_kept(
    mode: str, pooler: Pooler, followed: bool, database_url: str
) -> None:
    async with pooled(database_url, mode) as url:
        assert await prepared_statements(url, pooler) is followed
    assert await prepared_statements(database_url, "auto")
    assert not await prepared_statements(database_url, "transaction")


async def test_a_pooler_is_told_once_with_what_would_be_faster(transaction_url: str) -> None:
    with capture_logs() as logs:
        database = await Database.connect(transaction_url, 3)
        await asyncio.gather(*(database.fetch("select pg_sleep($1::float)", 0.05) for _ in range(3)))
        await database.close()
    assert [line["event"] for line in logs] == ["postgresql_pooler"]
    assert "DATABASE_POOLER" in logs[0]["advice"]


async def test_a_pooler_that_was_taken_for_a_session_is_an_outage_and_no_fault(transaction_url: str) -> None:
    """Each request may be tried again; none ends as an internal error with a traceback."""
    one = await Database.connect(transaction_url, 8, "session")
    other = await Database.connect(transaction_url, 8, "session")
    failures = 0
    for database in (one, other) * 20:
        for outcome in await asyncio.gather(
            *(database.fetch(f"select $1::int + {n}", n) for n in range(8)), return_exceptions=True
        ):
            if isinstance(outcome, BaseException):
                assert isinstance(outcome, Unavailable)
                failures += 1
    assert failures
    await asyncio.gather(one.close(), other.close(), return_exceptions=True)


async def test_the_server_s_certificate_is_verified_at_serve_and_at_migrate(
    database_url: str, tmp_path: Path
) -> None:
    right, wrong = a_certificate(tmp_path / "right.crt"), a_certificate(tmp_path / "wrong.crt")
    async with pooled(database_url, "session", certificate=right) as url:
        for mode in ("verify-full", "verify-ca", "require"):
            trusting = f"{url}?sslmode={mode}&sslrootcert={right}"
            await migrate(trusting)
            await (await Database.connect(trusting, 1)).close()
        for distrusting in (
            f"sslmode=verify-full&sslrootcert={wrong}",
            "sslmode=verify-full",
            "sslrootcert=system",
        ):
            for attempt in (Database.connect(f"{url}?{distrusting}", 1), migrate(f"{url}?{distrusting}")):
                with pytest.raises(Unavailable) as refused:
                    await attempt
                assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
        # The name counts too.
        with pytest.raises(Unavailable):
            await Database.connect(
                f"{url}?sslmode=verify-full&sslrootcert={right}".replace("localhost", "127.0.0.1"), 1
            )


def a_certificate(path: Path) -> Path:
    """One of `localhost` that nobody but itself has signed, with its key beside it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", path.with_suffix(".key"), "-out", path],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return path


async def prepared_statements(url: str, pooler: Pooler) -> bool:
    """Whether the server keeps what a connection has prepared."""
    database = await Database.connect(url, 1, pooler)
    try:
        await database.fetch("select $1::int", 1)
        rows = await database.fetch("select statement from pg_prepared_statements")
        return "select $1::int" in {row["statement"] for row in rows}
    finally:
        await database.close()
