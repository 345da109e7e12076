"""A cache of what was found of sessions: each is looked up in PostgreSQL at most once a second by each instance."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bitworks.core.errors import Unauthorized
from bitworks.core.ids import SessionId, UserId
from bitworks.features.accounts.store.sessions import SessionStore

SESSION_CACHE_SECONDS = 1.0
"""Seconds for which a session that was found alive counts as alive: no longer is an ended one let in anywhere."""
SESSION_CACHE_USERS = 20_000
"""Users whose sessions are cached; beyond it the user whose cache was filled longest ago is evicted."""


@dataclass(frozen=True, slots=True)
class _Finding:
    at: float
    """When the look-up began, in seconds of the clock."""
    ended: bool


class LiveSessions:
    """Checks sessions against the cache first, then against PostgreSQL.

    `clock` returns seconds that never go back.
    """

    def __init__(self, sessions: SessionStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._sessions = sessions
        self._clock = clock
        # Users in the order of their last look-up. Ended sessions are kept too: their tokens are valid for a while, and
        # who has one may ask as often as they like.
        self._found: OrderedDict[UserId, dict[SessionId, _Finding]] = OrderedDict()
        # Look-ups under way, which all who ask meanwhile await.
        self._look_ups: dict[tuple[UserId, SessionId], asyncio.Task[bool]] = {}

    async def require(self, user_id: UserId, session_id: SessionId) -> None:
        """Raises `Unauthorized` if the session has ended, `Unavailable` if that cannot be looked up."""
        found = self._found.get(user_id, {}).get(session_id)
        if found is not None and self._clock() - found.at < SESSION_CACHE_SECONDS:
            ended = found.ended
        else:
            ended = await self._look_up(user_id, session_id)
        if ended:
            raise Unauthorized

    def invalidate(self, user_id: UserId) -> None:
        """Evicts the user: the next check of each of their sessions reads PostgreSQL."""
        self._found.pop(user_id, None)
        # What began before says nothing of what is true now.
        for key in [key for key in self._look_ups if key[0] == user_id]:
            del self._look_ups[key]

    async def _look_up(self, user_id: UserId, session_id: SessionId) -> bool:
        """Whether the session has ended; awaits the look-up that is under way, if there is one."""
        look_up = self._look_ups.get((user_id, session_id))
        if look_up is None:
            look_up = asyncio.create_task(self._read(user_id, session_id), name="session look-up")
            look_up.add_done_callback(_mark_retrieved)
            self._look_ups[user_id, session_id] = look_up
        # Who gives up does not end it for the others.
        return await asyncio.shield(look_up)

    async def _read(self, user_id: UserId, session_id: SessionId) -> bool:
        begun = self._clock()
        try:
            ended = bool(await self._sessions.ended_among(user_id, [session_id]))
            if self._is_current(user_id, session_id):
                self._keep(user_id, session_id, _Finding(begun, ended))
        finally:
            if self._is_current(user_id, session_id):
                del self._look_ups[user_id, session_id]
        return ended

    def _is_current(self, user_id: UserId, session_id: SessionId) -> bool:
        """Whether the user was not invalidated since the look-up began that runs in this task."""
        return self._look_ups.get((user_id, session_id)) is asyncio.current_task()

    def _keep(self, user_id: UserId, session_id: SessionId, finding: _Finding) -> None:
        # Without what is too old: a user who signs in often must not fill the memory with old sessions.
        recent = {
            id_: one
            for id_, one in self._found.get(user_id, {}).items()
            if finding.at - one.at < SESSION_CACHE_SECONDS
        }
        self._found[user_id] = {**recent, session_id: finding}
        self._found.move_to_end(user_id)
        if len(self._found) > SESSION_CACHE_USERS:
            self._found.popitem(last=False)


def _mark_retrieved(look_up: "asyncio.Task[bool]") -> None:
    """Keeps asyncio from reporting the error of a look-up that all who awaited it gave up."""
    if not look_up.cancelled():
        look_up.exception()
