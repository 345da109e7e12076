"""Catching up, for those without a socket and for those who ask on one."""

import asyncio
from dataclasses import dataclass

from bitworks.core.changes import Change
from bitworks.core.cursors import parse_cursor
from bitworks.core.errors import CursorGone
from bitworks.core.ids import UserId
from bitworks.fanout.notices import Changed, Notice
from bitworks.features.history.inputs import ChangesSince, ChangesWait
from bitworks.services import Caller, Services

# How often somebody who waits looks for himself: what Redis does not tell is seen within this, in seconds.
LOOK_AGAIN = 1.0


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of changes; `cursor` is the `since` of the next."""

    changes: list[Change]
    cursor: str
    more: bool


async def since(services: Services, caller: Caller, wanted: ChangesSince) -> ChangesPage:
    """What changed after the cursor. Raises `CursorGone` for one of another epoch or beyond the head."""
    cursor = parse_cursor(wanted.since)
    page = await services.storage.changes.since(
        caller.user_id,
        cursor.revision,
        wanted.limit,
        # From the very beginning nothing that is gone needs to be told.
        tombstones_after=0 if cursor.epoch else 2**53,
    )
    if cursor.epoch and (cursor.epoch != page.cursor.epoch or cursor.revision > page.cursor.revision):
        raise CursorGone
    return ChangesPage(page.rows, str(page.cursor), page.more)


async def wait(services: Services, caller: Caller, wanted: ChangesWait) -> ChangesPage:
    """As `since`, but held up to `wait` seconds until there is a change. Cancelling it is safe.

    Raises `RateLimited` if the user holds too many requests and sockets open.
    """
    with services.quotas.slot(caller.user_id):
        return await _wait(services, caller, wanted)


async def _wait(services: Services, caller: Caller, wanted: ChangesWait) -> ChangesPage:
    deadline = asyncio.get_running_loop().time() + wanted.wait
    waker = _Waker()
    services.fanout.subscribe(caller.user_id, waker)
    try:
        while True:
            page = await since(services, caller, wanted)
            left = deadline - asyncio.get_running_loop().time()
            if page.changes or left <= 0:
                return page
            await waker.sleep(min(left, LOOK_AGAIN))
            await services.sessions.require(caller.user_id, caller.session_id)
    finally:
        services.fanout.unsubscribe(caller.user_id, waker)


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
