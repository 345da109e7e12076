"""The order of one user's changes as they arrive on an instance.

Changes come from several writers over a channel that may reorder, repeat and lose. This machine passes the next change
on, drops one that was seen, and keeps one that came too early until the missing ones have come or have been read from
the database.
"""

from typing import Generic, TypeVar

from bitworks.core.ids import Revision

ItemT = TypeVar("ItemT")


class RevisionSequence(Generic[ItemT]):
    """Items by revision. `head` is the greatest revision with no gap up to it; `known` the greatest that was noted."""

    def __init__(self, head: Revision) -> None:
        self.head = head
        self.known = head
        self._early: dict[Revision, ItemT] = {}

    @property
    def has_gap(self) -> bool:
        """Whether a revision is known whose item, or one before it, has not come."""
        return self.known > self.head

    def receive(self, revision: Revision, item: ItemT) -> list[tuple[Revision, ItemT]]:
        """The items that can be delivered now, in order of revision; none if this one was seen, or came too early."""
        if revision <= self.head:
            return []
        self.note_revision(revision)
        self._early[revision] = item
        return self._ready()

    def note_revision(self, revision: Revision) -> None:
        """Notes that this revision exists, though its item has not come."""
        self.known = max(self.known, revision)

    def caught_up(self, revision: Revision) -> list[tuple[Revision, ItemT]]:
        """Notes that every item up to this revision was delivered by other means; gives those that can follow."""
        self.note_revision(revision)
        self.head = max(self.head, revision)
        self._early = {r: item for r, item in self._early.items() if r > self.head}
        return self._ready()

    def truncate(self) -> None:
        """The announced revisions beyond `head` do not exist: rolls the watermark back to it."""
        self.known = self.head
        self._early.clear()

    def _ready(self) -> list[tuple[Revision, ItemT]]:
        ready = []
        while (following := Revision(self.head + 1)) in self._early:
            ready.append((following, self._early.pop(following)))
            self.head = following
        return ready
