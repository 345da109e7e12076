"""Where a connecting device goes on: from its cursor, if that still means something here.

The stock client's connection state recovery sends back the `pid` of its first CONNECT, and the last
string that ended an event: our cursors end every revisioned event, so that is its offset. Until an event
has come it has no offset, so the pid itself carries the cursor of the connection's start. A pid is no
secret and gives no authority: it says nothing that `since` could not.
"""

from dataclasses import dataclass

from bitworks.core.cursors import BEGINNING, Cursor, parse_cursor
from bitworks.core.errors import InvalidInput
from bitworks.core.ids import Revision, UserId
from bitworks.features.history.inputs import ConnectAuth
from bitworks.services import Services

_SEAL = "~"


@dataclass(frozen=True, slots=True)
class Start:
    """What a device is sent first. `head` is how far the user's changes went when it connected.

    `reset` is the reason why it must discard what it holds. Tombstones at or below `tombstones_after`
    are not sent: it never saw what they stand for.
    """

    pid: str
    cursor: Revision
    head: Cursor
    reset: str | None
    tombstones_after: int


async def plan_start(services: Services, user_id: UserId, auth: ConnectAuth, head: Cursor) -> Start:
    """Raises `InvalidInput` for a `since` that is not a cursor."""
    claimed = _claimed_cursor(auth)
    reset = None if claimed is None else await _reason_to_reset(services, user_id, auth, claimed, head)
    if claimed is None or reset is not None:
        return Start(_new_pid(services, head), head.revision, head, reset, tombstones_after=0)
    return Start(
        pid=auth.pid if auth.pid and _sealed_cursor(auth.pid) else _new_pid(services, claimed),
        cursor=claimed.revision,
        head=head,
        reset=None,
        tombstones_after=head.revision if claimed == BEGINNING else 0,
    )


def _claimed_cursor(auth: ConnectAuth) -> Cursor | None:
    """What the device says it has: by its offset, else by its pid, else by `since`."""
    if auth.pid is not None and auth.offset is not None:
        return parse_cursor(auth.offset, field="offset")
    if auth.pid is not None and (sealed := _sealed_cursor(auth.pid)) is not None:
        return sealed
    return None if auth.since is None else parse_cursor(auth.since)


async def _reason_to_reset(
    services: Services, user_id: UserId, auth: ConnectAuth, claimed: Cursor, head: Cursor
) -> str | None:
    if claimed != BEGINNING and claimed.epoch != head.epoch:
        return "epoch"
    if claimed.revision > head.revision:
        return "beyond_head"
    if auth.max_changes is None:
        return None
    missed = await services.storage.changes.count_since(user_id, claimed.revision, auth.max_changes + 1)
    return "too_many_changes" if missed > auth.max_changes else None


def _new_pid(services: Services, cursor: Cursor) -> str:
    return f"{cursor}{_SEAL}{services.new_id()}"


def _sealed_cursor(pid: str) -> Cursor | None:
    try:
        return parse_cursor(pid.partition(_SEAL)[0])
    except InvalidInput:
        return None
