"""The database: statements, snapshots and transactions, and the wall at which driver errors become ours."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import asyncpg
import orjson
import structlog

from bitworks.core.errors import ContextExists, DomainError, EmailTaken, Unauthorized, Unavailable
from bitworks.storage.connection_url import CONNECT_TIMEOUT, ConnectionUrl, read_connection_url
from bitworks.storage.pool import Pool, PoolBusy
from bitworks.storage.pooler import Pooler, TransactionConnection, stands_behind_pooler

log = structlog.get_logger(__name__)

# Errors of the driver that pass: the server cannot be reached, is shutting down, or has no room. The request
# may be tried again.
_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # asyncpg raises it if the connection is lost while a statement is under way.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    # The database is being restored, or its passwords are being changed.
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    # A pooler between, which nobody has named, gave the statement to a connection that does not know it.
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.DuplicatePreparedStatementError,
    # A deadlock: two transactions wait for each other's rows, and one of them is rolled back.
    asyncpg.TransactionRollbackError,
)
_ERROR_BY_CONSTRAINT: dict[str | None, type[DomainError]] = {
    "logins_pkey": EmailTaken,
    "contexts_one_per_conversation": ContextExists,
    # A session that is opened while its account is being deleted.
    "sessions_user_id_fkey": Unauthorized,
}

# Those of _UNAVAILABLE after which it is not known whether the statement under way was carried out.
_CONNECTION_CUT = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
)


class NotMigrated(Exception):
    """The database has no schema, or an old one: run `bitworks migrate`."""


class WrongEncoding(Exception):
    """The database is not encoded as UTF8."""


COMMAND_TIMEOUT = 30.0
"""Seconds to wait for the result of one statement."""


@contextmanager
def in_doubt_when_cut() -> Iterator[None]:
    """Wraps the one statement that commits. Raises `Unavailable`, in doubt, if its result was lost."""
    try:
        yield
    except _CONNECTION_CUT as error:
        if _is_fault(error):
            raise
        raise Unavailable(in_doubt=True) from error


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turns errors of the driver into errors of the domain.

    A constraint of the table above becomes its error, a missing table NotMigrated, an outage `Unavailable`.
    Every other error passes as it is.
    """
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        known = _ERROR_BY_CONSTRAINT.get(error.constraint_name)
        if known is None:
            raise
        raise known from None
    except asyncpg.UndefinedTableError:
        raise NotMigrated(NotMigrated.__doc__) from None
    except _UNAVAILABLE as error:
        if _is_fault(error):
            raise
        raise Unavailable(_detail(error)) from error


def _is_fault(error: Exception) -> bool:
    """Whether it is a fault of the program, and no outage: asyncpg could not encode an argument.

    That is an InterfaceError and a ValueError. A certificate that does not prove the server is a ValueError too, and an
    outage.
    """
    return isinstance(error, ValueError) and isinstance(error, asyncpg.InterfaceError)


def _detail(error: Exception) -> str | None:
    """What is said where the database is there; None for that it is away."""
    match error:
        case ssl.SSLCertVerificationError():
            return "The database does not prove by its certificate who it is."
        case PoolBusy():
            return "The database is busy; try again."
        case asyncpg.InsufficientResourcesError():
            return "The database has no room; try again."
        case asyncpg.TransactionRollbackError():
            return "Another request was in the way; try again."
        case asyncpg.InvalidSQLStatementNameError() | asyncpg.DuplicatePreparedStatementError():
            return "A pooler before the database loses what is prepared; try again."
    return None


@dataclass(slots=True)
class Outage:
    """Logs once that PostgreSQL is away, and once that it is back, not for every request that failed."""

    failures: int = 0
    """Requests that have failed since the last that succeeded."""

    def record_failure(self, error: Unavailable) -> None:
        """Counts a failure; the first in a row is logged, with the class of the driver's error."""
        if self.failures == 0:
            log.warning("postgresql_away", error=type(error.__cause__).__name__)
        self.failures += 1

    def record_success(self) -> None:
        """Ends the outage, if there is one."""
        if self.failures:
            log.info("postgresql_back", failures=self.failures)
            self.failures = 0


async def _prepare(connection: asyncpg.Connection) -> None:
    """Sets the codecs: `uuid` as text, `jsonb` as decoded JSON."""
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + orjson.dumps(value),  # the version of jsonb's binary format
        decoder=lambda data: orjson.loads(data[1:]),
        format="binary",
    )


def require_utf8(connection: asyncpg.Connection) -> None:
    """Raises `WrongEncoding` if the database cannot hold every text."""
    encoding = connection.get_settings().server_encoding
    if encoding != "UTF8":
        raise WrongEncoding(
            f"The database is encoded as {encoding} and must be UTF8: "
            "create database … encoding 'UTF8' template template0"
        )


async def accepts_connections(url: str) -> bool:
    """Whether a server at `url` takes connections now, within `CONNECT_TIMEOUT` seconds."""
    try:
        connection = await (await asyncio.to_thread(read_connection_url, url)).connect()
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


async def _keeps_sessions(place: ConnectionUrl, pooler: Pooler) -> bool:
    """Whether a connection is the same session for as long as it is open. Raises `WrongEncoding`."""
    # Without named statements, since nothing is known yet.
    connection = await place.connect(connection_class=TransactionConnection, statement_cache_size=0)
    try:
        require_utf8(connection)
        if pooler == "auto":
            return not place.through_pooler and not await stands_behind_pooler(connection)
        return pooler == "session"
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT)


async def _open(place: ConnectionUrl, kind: Mapping[str, Any]) -> asyncpg.Connection:
    settings = {"application_name": place.name or "bitworks"}
    connection = await place.connect(command_timeout=COMMAND_TIMEOUT, server_settings=settings, **kind)
    try:
        await _prepare(connection)
    except BaseException:
        connection.terminate()
        raise
    return connection


@dataclass(frozen=True, slots=True)
class Database:
    """One database. All methods raise `Unavailable` while it is away, and the errors of `translated_errors`.

    `Unavailable` that is in doubt may have been carried out; any other was not.
    """

    pool: Pool
    """The connections to it."""
    outage: Outage = field(default_factory=Outage)
    """The outage under way, if any."""

    @classmethod
    async def connect(cls, url: str, connections: int, pooler: Pooler = "auto") -> Self:
        """Opens a pool of at most `connections` connections, and the first of them.

        Raises `Unavailable` if the server cannot be reached, `BadDatabaseUrl`, `WrongEncoding`.
        """
        place = await asyncio.to_thread(read_connection_url, url)
        with translated_errors():
            if await _keeps_sessions(place, pooler):
                kind = {}
            else:
                kind = {"connection_class": TransactionConnection, "statement_cache_size": 0}
            pool = Pool(lambda: _open(place, kind), connections)
            async with pool.connection():
                pass
        return cls(pool)

    async def close(self) -> None:
        """Waits for the statements under way, and closes every connection."""
        await self.pool.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with translated_errors():
                yield
        except Unavailable as error:
            self.outage.record_failure(error)
            raise
        self.outage.record_success()

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """Returns all rows of a statement that changes nothing."""
        with self._errors():
            async with self.pool.connection() as connection:
                rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
        return rows

    async def fetchrow(self, statement: str, *arguments: Any) -> asyncpg.Record | None:
        """Returns the first row of a statement, or None if there is none."""
        with self._errors():
            async with self.pool.connection() as connection:
                return await connection.fetchrow(statement, *arguments)

    async def now(self) -> datetime:
        """Returns the time of PostgreSQL's clock, by which all leases are measured."""
        row = await self.fetchrow("select clock_timestamp()")
        assert row is not None
        now: datetime = row[0]
        return now

    async def execute(self, statement: str, *arguments: Any) -> None:
        """Runs a statement whose result is of no interest."""
        with self._errors():
            async with self.pool.connection() as connection:
                await connection.execute(statement, *arguments)

    async def write(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """Returns all rows of a statement that commits by itself.

        Raises `Unavailable`, in doubt, if the connection was cut while it ran.
        """
        with self._errors():
            async with self.pool.connection() as connection:
                with in_doubt_when_cut():
                    rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
        return rows

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[asyncpg.Connection]:
        """Opens a read-only transaction in which every statement reads the same state."""
        with self._errors():
            async with (
                self.pool.connection() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """Opens a transaction that commits when the block ends, and is rolled back when it raises.

        Raises `Unavailable`, in doubt, if the result of the commit was lost.
        """
        with self._errors():
            async with self.pool.connection() as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    yield connection
                except BaseException:
                    await transaction.rollback()
                    raise
                with in_doubt_when_cut():
                    await transaction.commit()
