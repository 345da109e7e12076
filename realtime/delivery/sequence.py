"""The order of one user's changes as they arrive on an instance.

Changes come from several writers over a channel that may reorder, repeat and lose. This machine lets
through what is next, drops what has been seen, and keeps what came too early until the missing ones
have come or have been read from the database.
"""

from typing import Generic, TypeVar

from bitworks.core.ids import Revision

ItemT = TypeVar("ItemT")


class RevisionSequence(Generic[ItemT]):
    """`head` is the greatest revision with nothing missing at or below it; `known` the greatest heard of."""

    def __init__(self, head: Revision) -> None:
        self.head = head
        self.known = head
        self._early: dict[Revision, ItemT] = {}

    @property
    def has_gap(self) -> bool:
        return self.known > self.head

    def receive(self, revision: Revision, item: ItemT) -> list[tuple[Revision, ItemT]]:
        """What can be delivered now, in order of revision; nothing if it was seen, or came too early."""
        if revision <= self.head:
            return []
        self.note_revision(revision)
        self._early[revision] = item
        return self._ready()

    def note_revision(self, revision: Revision) -> None:
        """Notes that this revision exists, though its change is not here."""
        self.known = max(self.known, revision)

    def caught_up(self, revision: Revision) -> list[tuple[Revision, ItemT]]:
        """Everything up to this revision was delivered by other means. Returns what can follow it."""
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
