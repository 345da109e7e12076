"""Brings a database to the present schema: dbmate runs the plain SQL of `migrations/`."""

import asyncio
import os
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from bitworks.storage.database import translated_errors

MIGRATIONS = files("bitworks").joinpath("migrations")
"""The folder of the migrations, in the package."""
ADVISORY_LOCK = 7245_3001
"""The key of the advisory lock that is held while migrating; arbitrary, and the same in every release."""


class MigrationFailed(Exception):
    """dbmate could not bring the database to the present schema."""


async def migrate(url: str) -> None:
    """Applies the migrations that the database lacks. Safe to run on several instances at once.

    Cancelling it does not stop a migration under way. Raises MigrationFailed, or `Unavailable` if the
    database cannot be reached.
    """
    with translated_errors():
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("select pg_advisory_lock($1)", ADVISORY_LOCK)
            await asyncio.to_thread(_run_dbmate, _dbmate_url(url, encrypted=_is_encrypted(connection)))
        finally:
            await connection.close()


def _is_encrypted(connection: asyncpg.Connection) -> bool:
    """Returns whether asyncpg and the server, left the choice by the URL, agreed on TLS."""
    return connection._transport.get_extra_info("ssl_object") is not None


def _dbmate_url(url: str, *, encrypted: bool) -> str:
    """Returns the URL as dbmate reads it: Unix sockets are named otherwise, and TLS is its default."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if (directory := query.pop("host", None)) is not None:
        query["socket"] = directory
    query.setdefault("sslmode", "require" if encrypted else "disable")
    return urlunsplit(("postgres", parts.netloc, parts.path, urlencode(query), ""))


def _run_dbmate(url: str) -> None:
    beside_python = Path(sys.executable).parent / "dbmate"
    program = str(beside_python) if beside_python.exists() else shutil.which("dbmate")
    if program is None:
        raise MigrationFailed("dbmate is not installed beside this program")
    with as_file(MIGRATIONS) as directory:
        done = subprocess.run(  # noqa: S603 - a program of our own lock file
            [program, "--migrations-dir", str(directory), "--no-dump-schema", "migrate"],
            capture_output=True,
            text=True,
            check=False,
            # In the environment: the URL holds the password, and every user of the machine can read arguments.
            env={**os.environ, "DATABASE_URL": url},
        )
    if done.returncode != 0:
        raise MigrationFailed(done.stderr.strip() or done.stdout.strip())
