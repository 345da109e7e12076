"""Sessions in PostgreSQL: families of refresh tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from bitworks.core.callers import Origin
from bitworks.core.errors import NotFound, Unauthorized
from bitworks.core.ids import SessionId, UserId
from bitworks.features.accounts.records import Session
from bitworks.storage import queries
from bitworks.storage.database import Database

SQL = queries.load(__name__, "accounts")

# How long a used refresh token may be used again: two tabs at once, or an answer that was lost.
REUSE_GRACE = timedelta(seconds=60)
# How long ended sessions are kept, so that late use of their tokens is recognised.
KEEP_ENDED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SessionStore:
    """Reads and writes sessions."""

    database: Database

    async def open(
        self, user_id: UserId, id_: SessionId, now: datetime, expires_at: datetime, origin: Origin
    ) -> None:
        """Raises `Unauthorized` if the account was deleted meanwhile."""
        async with self.database.transaction() as connection:
            await connection.execute(SQL["forget_old_sessions"], user_id, now - KEEP_ENDED)
            await connection.execute(
                SQL["insert_session"], user_id, id_, now, expires_at, origin.address, origin.user_agent
            )

    async def rotate(
        self, user_id: UserId, id_: SessionId, generation: int, now: datetime, expires_at: datetime
    ) -> int | None:
        """The generation of the next refresh token; None if this one was stolen, which ends the session.

        The current generation makes the next. One whose first use was within the grace gets the current one
        again. Any other means that two parties hold the family. Raises `Unauthorized` if it ended.
        """
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_session"], user_id, id_)
            if row is None or row["ended_at"] is not None or row["expires_at"] <= now:
                raise Unauthorized
            current: int = row["generation"]
            # One for each generation before the current one, as far back as the grace.
            recent = [use for use in row["recent_uses"] if now - use <= REUSE_GRACE]
            if generation == current:
                await connection.execute(
                    SQL["rotate_session"], user_id, id_, current + 1, [*recent, now], now, expires_at
                )
                return current + 1
            if current - len(recent) <= generation < current:
                await connection.execute(SQL["touch_session"], user_id, id_, expires_at)
                return current
            await connection.execute(SQL["end_session"], user_id, id_, now)
            await connection.execute(SQL["note_ended"], user_id, 1)
        return None

    async def live(self, user_id: UserId, now: datetime, current: SessionId) -> list[Session]:
        """Where the user is signed in, last used first."""
        rows = await self.database.fetch(SQL["live_sessions"], user_id, now)
        return [Session(**row, current=row["id"] == current) for row in rows]

    async def ended_among(self, user_id: UserId, ids: list[SessionId]) -> set[SessionId]:
        """Which of these sessions ended, or went with their account."""
        rows = await self.database.fetch(SQL["ended_among"], user_id, ids)
        return {SessionId(row["id"]) for row in rows}

    async def end(self, user_id: UserId, id_: SessionId, now: datetime) -> None:
        """Ending it again is no error. Raises `NotFound` if the user has no such session."""
        async with self.database.transaction() as connection:
            if await connection.fetchrow(SQL["is_session"], user_id, id_) is None:
                raise NotFound
            if await connection.fetchrow(SQL["end_session"], user_id, id_, now) is not None:
                await connection.execute(SQL["note_ended"], user_id, 1)

    async def end_all_but(self, user_id: UserId, kept: SessionId | None, now: datetime) -> None:
        """Ends every session of the user but this one (None: every one)."""
        async with self.database.transaction() as connection:
            await end_all_but(connection, user_id, kept, now)


async def end_all_but(
    connection: asyncpg.Connection, user_id: UserId, kept: SessionId | None, now: datetime
) -> None:
    ended = await connection.fetch(SQL["end_sessions_but"], user_id, kept, now)
    await connection.execute(SQL["note_ended"], user_id, len(ended))
