"""Sessions in PostgreSQL: families of refresh tokens."""

import asyncio
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import asyncpg

from bitworks.core.callers import Origin
from bitworks.core.errors import NotFound, RateLimited, Unauthorized
from bitworks.core.ids import SessionId, UserId
from bitworks.features.accounts.records import Session
from bitworks.storage import queries
from bitworks.storage.database import Database

SQL = queries.load(__name__, "accounts")

REUSE_GRACE = timedelta(seconds=60)
"""How long after its first use a refresh token may be used again: by a second tab, or after a lost response."""
ROTATIONS = 60
"""New generations of one session within REUSE_GRACE: the first use of each is kept for as long. Tabs that use the same
token make one between them."""
ENDED_RETENTION = timedelta(days=30)
"""How long the rows of ended sessions are kept, so that their tokens are recognised."""
LIVE_SESSIONS = 100
"""Sessions of one account that live at once: one more ends another, see `end_unused_sessions`."""
ENDED_SESSIONS = 100
"""Rows of ended sessions that are kept of one account, at most."""


@dataclass(frozen=True, slots=True)
class SessionStore:
    """Reads and writes sessions. Times are UTC and passed in."""

    database: Database
    """The database; every method raises `Unavailable` while it is away."""
    # Within this instance the refreshes of one session wait here, so that each does not hold a connection meanwhile.
    _rotating: "WeakValueDictionary[SessionId, asyncio.Lock]" = field(default_factory=WeakValueDictionary)

    async def open(
        self, user_id: UserId, id_: SessionId, now: datetime, expires_at: datetime, origin: Origin
    ) -> bool:
        """Inserts a session of generation 0, and deletes old rows; returns whether it ended another: see LIVE_SESSIONS.

        Raises `Unauthorized` if the account is gone.
        """
        async with self.database.transaction() as connection:
            await connection.execute(
                SQL["forget_old_sessions"], user_id, now - ENDED_RETENTION, ENDED_SESSIONS, now
            )
            ended = await connection.fetch(SQL["end_unused_sessions"], user_id, LIVE_SESSIONS - 1, now)
            await connection.execute(
                SQL["insert_session"], user_id, id_, now, expires_at, origin.address, origin.user_agent
            )
            if ended:
                await connection.execute(SQL["note_ended"], user_id, len(ended))
        return bool(ended)

    async def addresses(self, user_id: UserId) -> list[str]:
        """Returns the addresses of the sign-ins that are kept of a user, those that ended included."""
        return [row["address"] for row in await self.database.fetch(SQL["addresses"], user_id)]

    async def rotate(
        self, user_id: UserId, id_: SessionId, generation: int, now: datetime, expires_at: datetime
    ) -> int | None:
        """Returns the generation of the next refresh token; None if this one is a stolen one, which ends the session.

        The current generation is followed by the next one. A generation whose first use was within REUSE_GRACE is
        followed by the current one again. Any other means that two parties hold tokens of the session. Concurrent
        calls for one session run one after the other. Raises `Unauthorized` if the session ended or expired,
        `RateLimited` above ROTATIONS.
        """
        # The entry lives as long as some call holds or awaits its lock.
        lock = self._rotating.setdefault(id_, asyncio.Lock())
        async with lock, self.database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_session"], user_id, id_)
            if row is None or row["ended_at"] is not None or row["expires_at"] <= now:
                raise Unauthorized
            current: int = row["generation"]
            # The first uses of the generations just before the current one, as far back as the grace.
            recent = [use for use in row["recent_uses"] if now - use <= REUSE_GRACE]
            if generation == current:
                _require_few(recent, now)
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
        """Returns the sessions of the user that have not ended or expired, last used first."""
        rows = await self.database.fetch(SQL["live_sessions"], user_id, now)
        return [Session(**row, current=row["id"] == current) for row in rows]

    async def ended_among(self, user_id: UserId, ids: list[SessionId]) -> set[SessionId]:
        """Returns those of these sessions that ended, or were deleted with their account."""
        rows = await self.database.fetch(SQL["ended_among"], user_id, ids)
        return {SessionId(row["id"]) for row in rows}

    async def end(self, user_id: UserId, id_: SessionId, now: datetime) -> None:
        """Ends a session; to end it again changes nothing. Raises `NotFound` if the user has no such session."""
        async with self.database.transaction() as connection:
            if await connection.fetchrow(SQL["is_session"], user_id, id_) is None:
                raise NotFound
            if await connection.fetchrow(SQL["end_session"], user_id, id_, now) is not None:
                await connection.execute(SQL["note_ended"], user_id, 1)

    async def end_all_but(self, user_id: UserId, kept: SessionId | None, now: datetime) -> None:
        """Ends every session of the user but `kept`, in a transaction of its own."""
        async with self.database.transaction() as connection:
            await end_all_but(connection, user_id, kept, now)


async def end_all_but(
    connection: asyncpg.Connection, user_id: UserId, kept: SessionId | None, now: datetime
) -> None:
    """Ends every session of the user but `kept` (None: every one), within a transaction of the caller."""
    ended = await connection.fetch(SQL["end_sessions_but"], user_id, kept, now)
    await connection.execute(SQL["note_ended"], user_id, len(ended))


def _require_few(recent: list[datetime], now: datetime) -> None:
    """Raises `RateLimited` for one more generation than ROTATIONS. To forget a use would end honest sessions."""
    if len(recent) >= ROTATIONS:
        wait = REUSE_GRACE - (now - recent[0])
        raise RateLimited(max(math.ceil(wait.total_seconds()), 1), "This session was refreshed too often")
