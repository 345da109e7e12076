"""Which sessions live, as this instance knows it: asked of PostgreSQL at most once a second for each."""

import time
from collections import OrderedDict
from collections.abc import Callable

from bitworks.core.errors import Unauthorized
from bitworks.core.ids import SessionId, UserId
from bitworks.features.accounts.store.sessions import SessionStore

# An ended session is refused everywhere within this time, in seconds.
FRESH = 1.0
REMEMBERED_USERS = 20_000


class LiveSessions:
    """A session that was seen alive a moment ago counts as alive; any other is looked up."""

    def __init__(self, sessions: SessionStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._sessions = sessions
        self._clock = clock
        self._seen: OrderedDict[UserId, dict[SessionId, float]] = OrderedDict()

    async def require(self, user_id: UserId, session_id: SessionId) -> None:
        """Raises `Unauthorized` if the session has ended."""
        now = self._clock()
        if now - self._seen.get(user_id, {}).get(session_id, -FRESH) < FRESH:
            return
        if await self._sessions.ended_among(user_id, [session_id]):
            self.forget(user_id)
            raise Unauthorized
        still_fresh = {id_: at for id_, at in self._seen.get(user_id, {}).items() if now - at < FRESH}
        self._seen[user_id] = {**still_fresh, session_id: now}
        self._seen.move_to_end(user_id)
        if len(self._seen) > REMEMBERED_USERS:
            self._seen.popitem(last=False)

    def forget(self, user_id: UserId) -> None:
        """Looks again for every session of this user."""
        self._seen.pop(user_id, None)
