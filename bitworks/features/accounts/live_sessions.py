"""A cache of live sessions: each is looked up in PostgreSQL at most once a second by each instance."""

import time
from collections import OrderedDict
from collections.abc import Callable

from bitworks.core.errors import Unauthorized
from bitworks.core.ids import SessionId, UserId
from bitworks.features.accounts.store.sessions import SessionStore

SESSION_CACHE_SECONDS = 1.0
"""Seconds for which a session that was found alive counts as alive: no longer is an ended one let in anywhere."""
SESSION_CACHE_USERS = 20_000
"""Users whose sessions are cached; beyond it the user whose cache was filled longest ago is evicted."""


class LiveSessions:
    """Checks sessions against the cache first, then against PostgreSQL.

    `clock` returns seconds that never go back.
    """

    def __init__(self, sessions: SessionStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._sessions = sessions
        self._clock = clock
        # The time of each look-up that found a session alive; users in the order of their last look-up.
        self._seen: OrderedDict[UserId, dict[SessionId, float]] = OrderedDict()

    async def require(self, user_id: UserId, session_id: SessionId) -> None:
        """Raises `Unauthorized` if the session has ended, `Unavailable` if that cannot be looked up."""
        now = self._clock()
        if now - self._seen.get(user_id, {}).get(session_id, -SESSION_CACHE_SECONDS) < SESSION_CACHE_SECONDS:
            return
        if await self._sessions.ended_among(user_id, [session_id]):
            self.invalidate(user_id)
            raise Unauthorized
        # Without those that expired: a user who signs in often must not fill the memory with old sessions.
        unexpired = {
            id_: at for id_, at in self._seen.get(user_id, {}).items() if now - at < SESSION_CACHE_SECONDS
        }
        self._seen[user_id] = {**unexpired, session_id: now}
        self._seen.move_to_end(user_id)
        if len(self._seen) > SESSION_CACHE_USERS:
            self._seen.popitem(last=False)

    def invalidate(self, user_id: UserId) -> None:
        """Evicts the user: the next check of each of their sessions reads PostgreSQL."""
        self._seen.pop(user_id, None)
