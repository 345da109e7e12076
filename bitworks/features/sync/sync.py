"""Catching up: pages of changes, for clients without a socket and for those that have one."""

import asyncio
from dataclasses import dataclass, field
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

POLL_INTERVAL = 1.0
"""Seconds between two reads of a held request, for changes whose notice was lost."""


class Admission(Protocol):
    """Checks the session of a held request. Implemented by `features/accounts`, which imports this feature."""

    async def require_live(self, caller: Caller) -> None:
        """Raises `Unauthorized` if the caller's session has ended."""


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of changes; `cursor` is the `since` of the next."""

    changes: list[Change]
    """The changes, in the order of revisions, each row once."""
    cursor: str
    """The `since` of the next page, which may be read later."""
    more: bool
    """Whether there are more changes already."""


class _Waker:
    """Sleeps until there is a notice of a change of the user, the subscription begins anew, or it is woken."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()

    def on_notice(self, user_id: UserId, notice: Notice) -> None:
        if isinstance(notice, Changed):
            self._woken.set()

    def on_subscribed(self, user_id: UserId) -> None:
        self._woken.set()

    def wake(self) -> None:
        self._woken.set()

    async def sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()


@dataclass(slots=True)
class HeldRequests:
    """The requests that an instance holds."""

    wakers: set[_Waker] = field(default_factory=set)
    """That which wakes each."""
    draining: bool = False
    """Whether the instance stops, and holds none any more."""


@dataclass(frozen=True, slots=True)
class Sync:
    """Reads the changes since a cursor."""

    store: ChangeStore
    """The changes in PostgreSQL."""
    fanout: Fanout
    """Wakes held requests."""
    quotas: Quotas
    """Bounds the requests that one user holds open."""
    admission: Admission
    """Ends a held request whose session has ended."""
    held: HeldRequests = field(default_factory=HeldRequests)
    """Those that are held now."""

    async def since(self, caller: Caller, request: ChangesSince) -> ChangesPage:
        """Returns a page of the changes after a cursor, in one snapshot.

        Raises `InvalidInput` for a text that is no cursor, `CursorGone` for one of another epoch or beyond the head.
        """
        cursor = parse_cursor(request.since)
        page = await self.store.since(
            caller.user_id,
            cursor.revision,
            request.limit,
            # A device that starts from the beginning holds nothing that could be deleted.
            tombstones_after=0 if cursor.epoch else 2**53,
        )
        # Compared with the head of the same snapshot, since another epoch may begin at any time.
        if cursor.epoch and (cursor.epoch != page.cursor.epoch or cursor.revision > page.cursor.revision):
            raise CursorGone
        return ChangesPage(page.rows, str(page.cursor), page.more)

    async def until_changed(self, caller: Caller, request: ChangesWait) -> None:
        """Waits for up to `wait` seconds until `since` has a change, or the instance drains. Cancelling it is safe.

        Raises `RateLimited` if the user holds too many requests and sockets open, `Unauthorized` if the session ends
        meanwhile; and what `since` raises.
        """
        if request.wait:
            with self.quotas.slot(caller.user_id):
                await self._wait(caller, request)

    def drain(self) -> None:
        """Ends what is held: each request is answered now, most with an empty page, and held no more."""
        self.held.draining = True
        for waker in self.held.wakers:
            waker.wake()

    async def _wait(self, caller: Caller, request: ChangesWait) -> None:
        deadline = asyncio.get_running_loop().time() + request.wait
        first = ChangesSince(since=request.since, limit=1)
        waker = _Waker()
        self.held.wakers.add(waker)
        # Before the first read: a change in between wakes the request.
        self.fanout.subscribe(caller.user_id, waker)
        try:
            while not (await self.since(caller, first)).changes and not self.held.draining:
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    return
                await waker.sleep(min(left, POLL_INTERVAL))
                await self.admission.require_live(caller)
        finally:
            self.fanout.unsubscribe(caller.user_id, waker)
            self.held.wakers.discard(waker)
