"""Connections through a pooler that gives each transaction whichever server connection is free.

What one of them prepares, the next statement does not find, or finds what another instance has prepared under its name.
"""

from typing import Any, Literal

import asyncpg
import structlog

log = structlog.get_logger(__name__)

Pooler = Literal["auto", "transaction", "session"]
"""Whether each transaction may have another server connection (`transaction`), or a connection is one session or the
pooler follows prepared statements (`session`). `auto`: the first if a pooler is there.
"""


async def stands_behind_pooler(connection: asyncpg.Connection) -> bool:
    """Whether something between answers in the server's place: it names another process than the server does.

    It cannot be asked in which mode it is.
    """
    process = await connection.fetchval("select pg_backend_pid()")
    if process == connection.get_server_pid():
        return False
    log.info(
        "postgresql_pooler", advice="DATABASE_POOLER=session is faster where it keeps sessions or statements"
    )
    return True


class TransactionConnection(asyncpg.Connection):  # type: ignore[misc]  # it has no types
    """Gives each statement outside of a transaction one of its own, so that it runs where it was prepared.

    To be opened with `statement_cache_size=0`, by which asyncpg prepares without a name. It costs three round trips.
    """

    async def fetch(self, query: str, *args: Any, **options: Any) -> list[asyncpg.Record]:
        """As of asyncpg."""
        if self.is_in_transaction():
            return await super().fetch(query, *args, **options)  # type: ignore[no-any-return]
        async with self.transaction():
            return await super().fetch(query, *args, **options)  # type: ignore[no-any-return]

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> asyncpg.Record | None:
        """As of asyncpg."""
        if self.is_in_transaction():
            return await super().fetchrow(query, *args, **options)
        async with self.transaction():
            return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        """As of asyncpg."""
        if self.is_in_transaction():
            return await super().fetchval(query, *args, **options)
        async with self.transaction():
            return await super().fetchval(query, *args, **options)

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        """As of asyncpg. Without arguments nothing is prepared."""
        if not args or self.is_in_transaction():
            return await super().execute(query, *args, **options)  # type: ignore[no-any-return]
        async with self.transaction():
            return await super().execute(query, *args, **options)  # type: ignore[no-any-return]

    async def set_type_codec(self, *args: Any, **options: Any) -> None:
        """As of asyncpg, which looks the type up."""
        async with self.transaction():
            await super().set_type_codec(*args, **options)
