"""Brings a database to the present schema: dbmate runs the plain SQL of `migrations/`."""

import asyncio
import os
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

from bitworks.storage.connection_url import read_connection_url
from bitworks.storage.database import require_utf8, translated_errors

MIGRATIONS = files("bitworks").joinpath("migrations")
"""The folder of the migrations, in the package."""
ADVISORY_LOCK = 7245_3001
"""The key of the advisory lock that is held while migrating; arbitrary, and the same in every release."""


class MigrationFailed(Exception):
    """dbmate could not bring the database to the present schema."""


async def migrate(url: str) -> None:
    """Applies the migrations that the database lacks. Safe to run on several instances at once, also through a pooler.

    Cancelling it does not stop a migration under way. Raises MigrationFailed, `BadDatabaseUrl`, `WrongEncoding`, or
    `Unavailable` if the database cannot be reached.
    """
    place = await asyncio.to_thread(read_connection_url, url)
    with translated_errors():
        connection = await place.connect(statement_cache_size=0)
        try:
            require_utf8(connection)
            # For the transaction, not for the session: that would stay locked at a pooler, which keeps it open.
            async with connection.transaction():
                await connection.execute("set local idle_in_transaction_session_timeout = 0")
                await connection.execute(f"select pg_advisory_xact_lock({ADVISORY_LOCK})")
                await asyncio.to_thread(_run_dbmate, place.for_dbmate(connection))
        finally:
            await connection.close()


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
            # And without PGHOST and its like: the URL says all.
            env={name: value for name, value in os.environ.items() if not name.startswith("PG")}
            | {"DATABASE_URL": url},
        )
    if done.returncode != 0:
        raise MigrationFailed(done.stderr.strip() or done.stdout.strip())
