"""Where a connecting device goes on: from its cursor, if that still means something here.

The stock client's connection state recovery sends back the `pid` of its first CONNECT, and the last
string that ended an event: our cursors end every revisioned event, so that is its offset. Until an event
has come it has no offset, so the pid itself carries the cursor of the connection's start. A pid is no
secret and gives no authority: it says nothing that `since` could not.
"""

from dataclasses import dataclass

from bitworks.core.clock import NewId
from bitworks.core.cursors import BEGINNING, Cursor, parse_cursor
from bitworks.core.errors import InvalidInput
from bitworks.core.ids import Revision, UserId
from bitworks.features.sync.store import ChangeStore

_SEAL = "~"


@dataclass(frozen=True, slots=True)
class ResumePlan:
    """What a device is sent first. `head` is how far the user's changes went when it connected.

    `reset` is the reason why it must discard what it holds. Tombstones at or below `tombstones_after`
    are not sent: it never saw what they stand for.
    """

    pid: str
    cursor: Revision
    head: Cursor
    reset: str | None
    tombstones_after: int


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """What a connecting device has, as it tells: `pid` and `offset` of the stock client's recovery, or `since`.

    `max_changes` is how many it would rather read again than be sent.
    """

    pid: str | None
    offset: str | None
    since: str | None
    max_changes: int | None


@dataclass(frozen=True, slots=True)
class Recovery:
    """Plans where devices go on."""

    changes: ChangeStore
    new_id: NewId

    async def plan(self, user_id: UserId, has: ResumePoint, head: Cursor) -> ResumePlan:
        """Raises `InvalidInput` for a `since` that is not a cursor."""
        claimed = _claimed_cursor(has)
        reset = None if claimed is None else await self._reason_to_reset(user_id, has, claimed, head)
        if claimed is None or reset is not None:
            return ResumePlan(self._new_pid(head), head.revision, head, reset, tombstones_after=0)
        return ResumePlan(
            pid=has.pid if has.pid and _sealed_cursor(has.pid) else self._new_pid(claimed),
            cursor=claimed.revision,
            head=head,
            reset=None,
            tombstones_after=head.revision if claimed == BEGINNING else 0,
        )

    async def _reason_to_reset(
        self, user_id: UserId, has: ResumePoint, claimed: Cursor, head: Cursor
    ) -> str | None:
        if claimed != BEGINNING and claimed.epoch != head.epoch:
            return "epoch"
        if claimed.revision > head.revision:
            return "beyond_head"
        if has.max_changes is None:
            return None
        missed = await self.changes.count_since(user_id, claimed.revision, has.max_changes + 1)
        return "too_many_changes" if missed > has.max_changes else None

    def _new_pid(self, cursor: Cursor) -> str:
        return f"{cursor}{_SEAL}{self.new_id()}"


def _claimed_cursor(has: ResumePoint) -> Cursor | None:
    """What the device tells that it has: by its offset, else by its pid, else by `since`."""
    if has.pid is not None and has.offset is not None:
        return parse_cursor(has.offset, field="offset")
    if has.pid is not None and (sealed := _sealed_cursor(has.pid)) is not None:
        return sealed
    return None if has.since is None else parse_cursor(has.since)


def _sealed_cursor(pid: str) -> Cursor | None:
    try:
        return parse_cursor(pid.partition(_SEAL)[0])
    except InvalidInput:
        return None
