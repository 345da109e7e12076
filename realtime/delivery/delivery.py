"""The delivery of changes and text to one device: a machine of three states.

    catching_up --(has everything)--> live --(too much unread)--> behind --(drained)--> catching_up

Only a live device is pushed to. Any other is sent its changes from the database, from `cursor` on, so that nothing is
kept for it and nothing is sent to it twice. The same holds for the text of streaming messages: before a device goes
live it is sent each whole, then only what follows.
"""

from typing import Literal

from bitworks.core.ids import MessageId, Revision

DeliveryState = Literal["catching_up", "live", "behind"]


class Delivery:
    """The state of one device. `cursor` is the revision up to which every change was sent or superseded."""

    def __init__(self, cursor: Revision) -> None:
        self.cursor = cursor
        self.state: DeliveryState = "catching_up"
        # The length of text that was sent of each streaming message, in UTF-16 code units.
        self._text_ends: dict[MessageId, int] = {}

    def accepts(self, revision: Revision) -> bool:
        """Whether to send a pushed change to this device. If so it counts as sent: the cursor moves to it."""
        if self.state != "live" or revision <= self.cursor:
            return False
        self.cursor = revision
        return True

    def sent(self, revision: Revision) -> None:
        """Notes that every change up to this revision was sent from the database."""
        self.cursor = max(self.cursor, revision)

    def has(self, head: Revision) -> bool:
        """Whether every change up to this revision was sent or superseded."""
        return self.cursor >= head

    def accepts_text(self, id_: MessageId, start: int, end: int) -> bool:
        """Whether to send a piece of text, from `start` to `end` in UTF-16 code units. If so it counts as sent."""
        if self.state != "live" or not start <= self._text_ends.get(id_, -1) < end:
            return False
        self._text_ends[id_] = end
        return True

    def sent_text(self, id_: MessageId, length: int) -> None:
        """Notes that the text was sent up to this length, in UTF-16 code units."""
        self._text_ends[id_] = length

    def text_sent(self, id_: MessageId) -> int | None:
        """The length that was sent, in UTF-16 code units; None if the message itself was not."""
        return self._text_ends.get(id_)

    def ended(self, id_: MessageId) -> None:
        """Forgets the text of a message that has ended."""
        self._text_ends.pop(id_, None)

    def try_going_live(self, head: Revision) -> bool:
        """Goes live, unless a change up to `head`, which other devices were pushed, is missing here."""
        if self.has(head):
            self.state = "live"
        return self.state == "live"

    def fall_behind(self) -> None:
        """Stops pushing to the device, which has too much unread."""
        self.state = "behind"
        self._text_ends.clear()

    def resume(self) -> None:
        """Begins to catch up from the database, once the device has read what it was sent."""
        self.state = "catching_up"
