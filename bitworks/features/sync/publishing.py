"""Telling the devices: the one place that publishes, always after the commit."""

from dataclasses import dataclass
from typing import Literal, Protocol

from bitworks.core.changes import Change
from bitworks.core.ids import MessageId, UserId
from bitworks.core.text import Piece
from bitworks.fanout import Fanout
from bitworks.fanout.notices import WORKERS, Changed, Grown, SessionsEnded, Signalled, WorkWaiting

# What is pushed without a revision beside text that grows.
SignalEvent = Literal["typing", "session:expiring", "session:expired"]


@dataclass(slots=True)
class Epoch:
    """The epoch of the database as last seen. It changes under us only when a backup is restored."""

    id: str


class Packets(Protocol):
    """How what is published becomes a finished packet, the same for every device of the user.

    Fulfilled by `realtime/delivery`: so an instance that receives a notice decodes and encodes nothing.
    """

    def changed(self, user_id: UserId, epoch: str, change: Change) -> Changed:
        """The notice of a change, its packet ending with the cursor."""

    def grown(self, user_id: UserId, message_id: MessageId, piece: Piece) -> Grown:
        """The notice of text that a message grew by."""

    def signalled(
        self, user_id: UserId, sender: str, event: SignalEvent, data: dict[str, object]
    ) -> Signalled:
        """The notice of something without a revision."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Gives notices to the fan-out. Never blocks, never raises: PostgreSQL tells what a notice did not."""

    fanout: Fanout
    packets: Packets
    epoch: Epoch

    def change(self, user_id: UserId, change: Change | None) -> None:
        """Pushes a committed change to every device of the user. None: nothing changed."""
        if change is not None:
            self.fanout.publish(user_id, self.packets.changed(user_id, self.epoch.id, change))

    def text(self, user_id: UserId, message_id: MessageId, piece: Piece) -> None:
        """Pushes what a streaming message grew by, which must have been written."""
        self.fanout.publish(user_id, self.packets.grown(user_id, message_id, piece))

    def signal(self, user_id: UserId, sender: str, event: SignalEvent, data: dict[str, object]) -> None:
        """Pushes something without a revision to every device of the user but `sender`, a socket's id."""
        self.fanout.publish(user_id, self.packets.signalled(user_id, sender, event, data))

    def sessions_ended(self, user_id: UserId) -> None:
        """Makes every instance look which of the user's sockets have to go."""
        self.fanout.publish(user_id, SessionsEnded())

    def work(self) -> None:
        """Makes workers look for jobs that are due. One that is not told looks by itself, a little later."""
        self.fanout.publish(WORKERS, WorkWaiting())
