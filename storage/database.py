"""The pool of connections, and the wall at which driver errors become domain errors."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import asyncpg
import orjson
import structlog

from bitworks.core.errors import ContextExists, DomainError, EmailTaken, Unauthorized, Unavailable
from bitworks.storage.pool import Pool

log = structlog.get_logger(__name__)

# What the driver raises when the server cannot be reached, is going, or has no room.
_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # The driver's word for a connection that was cut while a statement was under way.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    # It is being restored, or its passwords are being changed.
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    # Two transactions wanted each other's rows: one of them may try again.
    asyncpg.TransactionRollbackError,
)
_ERROR_BY_CONSTRAINT: dict[str | None, type[DomainError]] = {
    "logins_pkey": EmailTaken,
    "contexts_one_per_conversation": ContextExists,
    # A session opened while its account is being deleted.
    "sessions_user_id_fkey": Unauthorized,
}


# Of these, what leaves open whether the statement under way was carried out.
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


COMMAND_TIMEOUT = 30.0  # seconds
CONNECT_TIMEOUT = 5.0  # seconds


@contextmanager
def in_doubt_when_cut() -> Iterator[None]:
    """Around the one statement that commits. Raises `Unavailable`, in doubt, if its answer was lost."""
    try:
        yield
    except _CONNECTION_CUT as error:
        if isinstance(error, ValueError):
            raise  # as below
        raise Unavailable(in_doubt=True) from error


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turns what the driver raises into what the domain knows."""
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
        if isinstance(error, ValueError):
            raise  # the driver could not encode an argument: that is not the server's doing
        raise Unavailable from error


@dataclass(slots=True)
class Outage:
    """Logs once that PostgreSQL is away, and once that it is back, not for every request that failed."""

    failures: int = 0

    def record_failure(self, error: Unavailable) -> None:
        if self.failures == 0:
            log.warning("postgresql_away", error=type(error.__cause__).__name__)
        self.failures += 1

    def record_success(self) -> None:
        if self.failures:
            log.info("postgresql_back", failures=self.failures)
            self.failures = 0


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda data: orjson.loads(data[1:]),
        format="binary",
    )


@dataclass(frozen=True, slots=True)
class Database:
    """One pool. All methods raise `Unavailable` while PostgreSQL is away."""

    pool: Pool
    outage: Outage = field(default_factory=Outage)

    @classmethod
    async def connect(cls, url: str, connections: int) -> Self:
        """Opens the pool, with one connection to begin with."""

        async def connect() -> asyncpg.Connection:
            connection = await asyncpg.connect(
                url,
                timeout=CONNECT_TIMEOUT,
                command_timeout=COMMAND_TIMEOUT,
                server_settings={"application_name": "bitworks"},
            )
            try:
                await _prepare(connection)
            except BaseException:
                connection.terminate()
                raise
            return connection

        pool = Pool(connect, connections)
        with translated_errors():
            async with pool.connection():
                pass
        return cls(pool)

    async def close(self) -> None:
        """Closes every connection, waiting for the statements under way."""
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
        with self._errors():
            async with self.pool.connection() as connection:
                rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
        return rows

    async def fetchrow(self, statement: str, *arguments: Any) -> asyncpg.Record | None:
        with self._errors():
            async with self.pool.connection() as connection:
                return await connection.fetchrow(statement, *arguments)

    async def execute(self, statement: str, *arguments: Any) -> None:
        with self._errors():
            async with self.pool.connection() as connection:
                await connection.execute(statement, *arguments)

    async def write(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """As `fetch`, for a statement that commits. Raises `Unavailable`, in doubt, if cut under it."""
        with self._errors():
            async with self.pool.connection() as connection:
                with in_doubt_when_cut():
                    rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
        return rows

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[asyncpg.Connection]:
        """For several reads of the same moment."""
        with self._errors():
            async with (
                self.pool.connection() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """A transaction that commits when the block ends, and is rolled back when it raises.

        Raises `Unavailable`, in doubt, if the answer to the commit was lost.
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
