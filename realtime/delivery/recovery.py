"""Plans where a connecting device resumes: at its cursor, if that is of this history.

The stock client's connection state recovery sends back the `pid` of its first CONNECT, and the last string that ended
an event: our cursors end every revisioned event, so that is its offset. Until an event has come there is no offset, so
the pid itself carries the cursor of the connection's start. A pid is no secret and gives no authority: it carries no
more than `since` does.
"""

from dataclasses import dataclass

from bitworks.core.clock import NewId
from bitworks.core.cursors import BEGINNING, Cursor, parse_cursor
from bitworks.core.errors import InvalidInput
from bitworks.core.ids import Revision, UserId
from bitworks.features.sync.store import ChangeStore

_SEAL = "~"  # between the cursor of a pid and its id


@dataclass(frozen=True, slots=True)
class ResumePlan:
    """What a device is sent first."""

    pid: str
    """The private id that the stock client sends back when it reconnects."""
    cursor: Revision
    """The revision after which changes are sent."""
    head: Cursor
    """The cursor of the user's last change when the device connected."""
    reset: str | None
    """Why the device must discard its data; None if it need not."""
    tombstones_after: int
    """Tombstones up to this revision are not sent, as the device never saw their rows."""


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """What a connecting device claims to have; each field is None where it gave none."""

    pid: str | None
    """That of the stock client's recovery."""
    offset: str | None
    """That of the stock client's recovery, a cursor."""
    since: str | None
    """The cursor that the SDK sends."""
    max_changes: int | None
    """The most changes that it wants to be sent; with more it reads everything again."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Plans where devices resume."""

    changes: ChangeStore
    """Counts the changes that a device missed."""
    new_id: NewId
    """The ids of new pids."""

    async def plan(self, user_id: UserId, has: ResumePoint, head: Cursor) -> ResumePlan:
        """The plan for a device; `head` is the cursor of the user's last change.

        Raises `InvalidInput` for a `since` or an `offset` that is not a cursor.
        """
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
    """The cursor that the device claims: its offset, else that of its pid, else `since`; None for none."""
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
