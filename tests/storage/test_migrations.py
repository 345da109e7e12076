"""Migrations: replayed from nothing, down and up again, under names that sort."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import asyncpg
import pytest

from bitworks.storage.database import Database, WrongEncoding
from bitworks.storage.migrations import MIGRATIONS, migrate
from tests.support.roads import road_to


def test_migrations_are_named_by_time_and_go_both_ways() -> None:
    files = sorted(MIGRATIONS.glob("*.sql"))
    assert files
    for file in files:
        assert re.fullmatch(r"\d{14}_[a-z_]+\.sql", file.name)
        text = file.read_text(encoding="utf-8")
        assert "-- migrate:up" in text
        assert "-- migrate:down" in text


async def test_migrating_twice_changes_nothing(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    before = await connection.fetch("select version from schema_migrations")
    await migrate(database_url)
    assert await connection.fetch("select version from schema_migrations") == before
    await connection.close()


@pytest.fixture
async def empty_url(postgres: str) -> AsyncIterator[str]:
    """A database without a schema."""
    connection = await asyncpg.connect(postgres)
    name = f"empty_{os.getpid()}"
    await connection.execute(f"create database {name}")
    yield postgres.replace("/postgres?", f"/{name}?")
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


async def assert_migrated(url: str) -> None:
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("select count(*) from schema_migrations") == len(
        list(MIGRATIONS.iterdir())
    )
    await connection.close()


@pytest.mark.parametrize(
    "form",
    [
        "postgresql://postgres@127.0.0.1:{port}/{name}",
        "postgresql://postgres@127.0.0.1,127.0.0.1:{port}/{name}",
        "postgresql://postgres@/{name}?host=127.0.0.1,127.0.0.1&port=1,{port}&target_session_attrs=primary",
        "postgresql://postgres:a%2Fb#c?d@e@127.0.0.1:{port}/{name}?channel_binding=prefer&sslmode=prefer",
        "postgres://postgres@127.0.0.1:{port}/{name}?options=-c%20statement_timeout%3D60000&keepalives=1",
    ],
)
async def test_what_can_be_served_can_be_migrated(
    form: str, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the program must not hear of: the URL says all.
    monkeypatch.setenv("PGSSLMODE", "disable")
    monkeypatch.setenv("PGHOST", "/nowhere")
    async with road_to(empty_url) as (_, road):
        parts = urlsplit(road)
        await migrate(form.format(port=parts.port, name=parts.path.strip("/")))
    await assert_migrated(empty_url)


async def test_a_server_with_an_ipv6_address_is_migrated(empty_url: str) -> None:
    async with road_to(empty_url, "::1") as (_, road):
        assert "[::1]" in road
        await migrate(road)
    await assert_migrated(empty_url)


async def test_a_server_whose_socket_lies_in_a_folder_of_any_name_is_migrated(
    empty_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "R&D a+b 50%25 ñ#?"
    folder.symlink_to(parse_qs(urlsplit(empty_url).query)["host"][0])
    await migrate(f"{empty_url.partition('?')[0]}?host={quote(str(folder), safe='')}")
    await assert_migrated(empty_url)


async def test_a_database_that_cannot_hold_every_text_is_refused_before_anything_is_made(
    postgres: str,
) -> None:
    connection = await asyncpg.connect(postgres)
    name = f"latin_{os.getpid()}"
    await connection.execute(f"create database {name} encoding 'LATIN1' locale 'C' template template0")
    url = postgres.replace("/postgres?", f"/{name}?")
    for attempt in (migrate(url), Database.connect(url, 2)):
        with pytest.raises(WrongEncoding, match="encoded as LATIN1 and must be UTF8"):
            await attempt
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


async def test_what_goes_down_leaves_nothing_and_comes_up_the_same(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    before = await _objects(connection)
    for file in sorted(MIGRATIONS.glob("*.sql"), reverse=True):
        await connection.execute(_part(file, "down"))
    assert await _objects(connection) == {("table", "schema_migrations")}
    for file in sorted(MIGRATIONS.glob("*.sql")):
        await connection.execute(_part(file, "up"))
    assert await _objects(connection) == before
    await connection.close()


async def test_every_key_is_led_by_the_user(database_url: str) -> None:
    """So that the schema can be distributed by user as it stands."""
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(
        """
        select i.indrelid::regclass::text as "table", a.attname as leader
        from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        join pg_class c on c.oid = i.indrelid
        where c.relnamespace = 'public'::regnamespace
        """
    )
    exempt = {"epoch", "logins", "followers", "schema_migrations"}
    assert {row["leader"] for row in rows if row["table"] not in exempt} == {"user_id"}
    await connection.close()


async def _objects(connection: asyncpg.Connection) -> set[tuple[str, str]]:
    rows = await connection.fetch(
        """
        select 'table' as kind, relname as name from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r'
        union all
        select 'function', proname from pg_proc where pronamespace = 'public'::regnamespace
        """
    )
    return {(row["kind"], row["name"]) for row in rows}


def _part(file: Path, name: str) -> str:
    up, down = file.read_text(encoding="utf-8").split("-- migrate:down")
    return down if name == "down" else up.replace("-- migrate:up", "")
