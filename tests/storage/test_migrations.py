"""Migrations: replayed from nothing, down and up again, under names that sort."""

import re
from pathlib import Path

import asyncpg

from bitworks.storage.migrations import MIGRATIONS, migrate


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
    exempt = {"epoch", "logins", "schema_migrations"}
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
