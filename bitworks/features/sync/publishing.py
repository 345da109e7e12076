"""Publishes changes to the devices of a user: the one place that does, always after the commit."""

import asyncio
from dataclasses import dataclass
from typing import Literal, Protocol

from bitworks.core.changes import Change
from bitworks.core.ids import MessageId, UserId
from bitworks.core.text import Piece
from bitworks.fanout import Fanout
from bitworks.fanout.notices import (
    FOLLOWERS,
    WORKERS,
    Changed,
    Committed,
    Grown,
    SessionsEnded,
    Signalled,
    WorkWaiting,
)

HINT_DELAY = 0.002
"""Seconds for which a hint to followers waits for more commits: many writes a second are one hint."""
SignalEvent = Literal["typing", "session:expiring", "session:expired"]
"""The events without a revision, beside the text of streaming messages."""


@dataclass(slots=True)
class Epoch:
    """The epoch of the database, shared by all that encode cursors. It changes only when a backup is restored."""

    id: str
    """The epoch as last read, up to 32 hex digits."""


class Packets(Protocol):
    """Encodes what is published into finished packets, which are the same for every device of the user.

    Implemented by `realtime/delivery`. An instance that receives a notice so decodes and encodes nothing.
    """

    def changed(self, user_id: UserId, epoch: str, change: Change) -> Changed:
        """Returns the notice of a change. Its packet ends with the cursor of this epoch."""

    def grown(self, user_id: UserId, message_id: MessageId, piece: Piece) -> Grown:
        """Returns the notice of a piece of text that a streaming message grew by."""

    def signalled(
        self, user_id: UserId, sender: str, event: SignalEvent, data: dict[str, object]
    ) -> Signalled:
        """Returns the notice of an event without a revision; `sender` is the id of the socket that is left out."""


class FollowerHints:
    """Hints to followers whose revisions were committed, once for all within two milliseconds.

    A hint may be lost: followers look for themselves, some seconds later. Without followers it does nothing.
    """

    def __init__(self, fanout: Fanout, *, followed: bool) -> None:
        self._fanout = fanout
        self._followed = followed
        self._changes: list[tuple[UserId, Change]] = []

    def committed(self, user_id: UserId, change: Change) -> None:
        """Hints soon at this change. Call it after the commit."""
        if not self._followed:
            return
        if not self._changes:
            asyncio.get_running_loop().call_later(HINT_DELAY, self._hint)
        self._changes.append((user_id, change))

    def _hint(self) -> None:
        changes, self._changes = self._changes, []
        revisions = {user_id: change.revision for user_id, change in changes}
        self._fanout.publish(FOLLOWERS, Committed(revisions, changes))


@dataclass(frozen=True, slots=True)
class Publisher:
    """Gives notices to the fan-out, in the order of the calls. Never blocks, never raises.

    A notice may be lost: the devices then find the change in PostgreSQL, within a second.
    """

    fanout: Fanout
    """Delivers to this instance at once, to others through Redis."""
    packets: Packets
    """Encodes each notice once."""
    epoch: Epoch
    """The epoch of the cursors in packets."""
    followers: FollowerHints
    """Hints at what followers have to do."""

    def change(self, user_id: UserId, change: Change | None) -> None:
        """Publishes a committed change to every device of the user. None, of a write without a change, is a no-op."""
        if change is not None:
            self.fanout.publish(user_id, self.packets.changed(user_id, self.epoch.id, change))
            self.followers.committed(user_id, change)

    def text(self, user_id: UserId, message_id: MessageId, piece: Piece) -> None:
        """Publishes text that a streaming message grew by. Call it after the text was written."""
        self.fanout.publish(user_id, self.packets.grown(user_id, message_id, piece))

    def signal(self, user_id: UserId, sender: str, event: SignalEvent, data: dict[str, object]) -> None:
        """Publishes an event without a revision to every device of the user but `sender`, the id of a socket."""
        self.fanout.publish(user_id, self.packets.signalled(user_id, sender, event, data))

    def sessions_ended(self, user_id: UserId) -> None:
        """Makes every instance check the sessions of the user's sockets."""
        self.fanout.publish(user_id, SessionsEnded())

    def work(self) -> None:
        """Wakes the workers of jobs. One that misses the notice looks for jobs a second later by itself."""
        self.fanout.publish(WORKERS, WorkWaiting())
