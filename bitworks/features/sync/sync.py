"""Catching up, for clients without a socket and for those that ask on one."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from bitworks.core.callers import Caller
from bitworks.core.changes import Change
from bitworks.core.cursors import parse_cursor
from bitworks.core.errors import CursorGone
from bitworks.core.ids import UserId
from bitworks.fanout import Fanout
from bitworks.fanout.notices import Changed, Notice
from bitworks.features.limits.quotas import Quotas
from bitworks.features.sync.inputs import ChangesSince, ChangesWait
from bitworks.features.sync.store import ChangeStore

# POLL_INTERVAL: seconds after which a held request reads again, for what Redis did not tell.
POLL_INTERVAL = 1.0


class Admission(Protocol):
    """Whether a caller may still ask: fulfilled by `features/accounts`."""

    async def require_live(self, caller: Caller) -> None:
        """Raises `Unauthorized` if the caller's session has ended."""


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of changes; `cursor` is the `since` of the next."""

    changes: list[Change]
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True)
class Sync:
    """Reads what changed since a cursor. `quotas` bounds the requests that one user holds open."""

    store: ChangeStore
    fanout: Fanout
    quotas: Quotas
    admission: Admission

    async def since(self, caller: Caller, request: ChangesSince) -> ChangesPage:
        """What changed after the cursor. Raises `CursorGone` for one of another epoch or beyond the head."""
        cursor = parse_cursor(request.since)
        page = await self.store.since(
            caller.user_id,
            cursor.revision,
            request.limit,
            # From the very beginning nothing that is gone needs to be told.
            tombstones_after=0 if cursor.epoch else 2**53,
        )
        if cursor.epoch and (cursor.epoch != page.cursor.epoch or cursor.revision > page.cursor.revision):
            raise CursorGone
        return ChangesPage(page.rows, str(page.cursor), page.more)

    async def wait(self, caller: Caller, request: ChangesWait) -> ChangesPage:
        """As `since`, but held up to `wait` seconds until there is a change. Cancelling it is safe.

        Raises `RateLimited` if the user holds too many requests and sockets open.
        """
        with self.quotas.slot(caller.user_id):
            return await self._wait(caller, request)

    async def _wait(self, caller: Caller, request: ChangesWait) -> ChangesPage:
        deadline = asyncio.get_running_loop().time() + request.wait
        waker = _Waker()
        self.fanout.subscribe(caller.user_id, waker)
        try:
            while True:
                page = await self.since(caller, request)
                left = deadline - asyncio.get_running_loop().time()
                if page.changes or left <= 0:
                    return page
                await waker.sleep(min(left, POLL_INTERVAL))
                await self.admission.require_live(caller)
        finally:
            self.fanout.unsubscribe(caller.user_id, waker)


class _Waker:
    """Sleeps until something happens to the user."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()

    def on_notice(self, user_id: UserId, notice: Notice) -> None:
        if isinstance(notice, Changed):
            self._woken.set()

    def on_subscribed(self, user_id: UserId) -> None:
        self._woken.set()

    async def sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()
