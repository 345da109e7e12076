"""What one device is being sent: a machine of three states.

    catching up --(has everything)--> live --(too much unread)--> behind --(drained)--> catching up

Only a live device is pushed to. The others are sent their changes from the database, from `cursor` on,
so nothing has to be kept for them, and nothing can be sent to them twice. The same holds for the text of
open messages: before a device goes live it is sent each whole, then only what follows.
"""

from typing import Literal

from bitworks.core.ids import MessageId, Revision

DeliveryState = Literal["catching_up", "live", "behind"]


class Delivery:
    """`cursor` is the revision up to which everything has been sent or superseded."""

    def __init__(self, cursor: Revision) -> None:
        self.cursor = cursor
        self.state: DeliveryState = "catching_up"
        # How much of the text of each open message was sent, in UTF-16 code units.
        self._texts: dict[MessageId, int] = {}

    def accepts(self, revision: Revision) -> bool:
        """Whether a pushed change is to be sent to this device. If so it counts as sent."""
        if self.state != "live" or revision <= self.cursor:
            return False
        self.cursor = revision
        return True

    def sent(self, revision: Revision) -> None:
        """Everything up to this revision was sent from the database."""
        self.cursor = max(self.cursor, revision)

    def has(self, head: Revision) -> bool:
        """Whether everything up to here was sent or superseded."""
        return self.cursor >= head

    def accepts_text(self, id_: MessageId, start: int, end: int) -> bool:
        """Whether a piece of text is to be sent to this device. If so it counts as sent."""
        if self.state != "live" or not start <= self._texts.get(id_, -1) < end:
            return False
        self._texts[id_] = end
        return True

    def sent_text(self, id_: MessageId, length: int) -> None:
        """So much of the text of this message was sent."""
        self._texts[id_] = length

    def text_sent(self, id_: MessageId) -> int | None:
        """How much of it was sent; None if not even the message was."""
        return self._texts.get(id_)

    def ended(self, id_: MessageId) -> None:
        """The message grows no more."""
        self._texts.pop(id_, None)

    def try_going_live(self, head: Revision) -> bool:
        """Goes live if nothing that was pushed to others so far (up to `head`) is still missing here."""
        if self.has(head):
            self.state = "live"
        return self.state == "live"

    def fall_behind(self) -> None:
        """Stops pushing: too much that was sent is still unread."""
        self.state = "behind"
        self._texts.clear()

    def resume(self) -> None:
        """Reading again: what was missed comes from the database."""
        self.state = "catching_up"
