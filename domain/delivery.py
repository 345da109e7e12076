"""What one device is being sent: a machine of three states.

    catching up --(has everything)--> live --(too much unread)--> behind --(drained)--> catching up

Only a live device is pushed to. The others are sent their changes from the database, from `cursor` on,
so nothing has to be kept for them, and nothing can be sent to them twice.
"""

from typing import Literal

from domain.ids import Revision

State = Literal["catching_up", "live", "behind"]


class Delivery:
    """`cursor` is the revision up to which everything has been sent or superseded."""

    def __init__(self, cursor: Revision) -> None:
        self.cursor = cursor
        self.state: State = "catching_up"

    def accepts(self, revision: Revision) -> bool:
        """Whether a pushed change is to be sent to this device. If so it counts as sent."""
        if self.state != "live" or revision <= self.cursor:
            return False
        self.cursor = revision
        return True

    def sent(self, revision: Revision) -> None:
        """Everything up to this revision was sent from the database."""
        self.cursor = max(self.cursor, revision)

    def try_going_live(self, head: Revision) -> bool:
        """Goes live if nothing that was pushed to others so far (up to `head`) is still missing here."""
        if self.cursor >= head:
            self.state = "live"
        return self.state == "live"

    def fall_behind(self) -> None:
        """Stops pushing: too much that was sent is still unread."""
        self.state = "behind"

    def resume(self) -> None:
        """Reading again: what was missed comes from the database."""
        self.state = "catching_up"
