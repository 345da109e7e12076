"""How far the text of each open message of a user has come, on one instance.

Text arrives over a channel that may reorder, repeat and lose. Each piece says where it begins and ends, in
UTF-16 code units: one that is known already is dropped, one that leaves a gap is not shown, and what is
missing is read from the database.
"""

from collections.abc import Container, Iterable

from bitworks.core.ids import MessageId

# EARLY: messages whose opening has not come yet, of which pieces are remembered.
EARLY = 100


class StreamPositions:
    """`ends` has the open messages, and how much of each has been shown to those who are up to date."""

    def __init__(self, open_: Iterable[MessageId] = ()) -> None:
        self.ends: dict[MessageId, int] = dict.fromkeys(open_, 0)
        self._known: dict[MessageId, int] = {}
        self._early: dict[MessageId, int] = {}

    def __bool__(self) -> bool:
        """Whether there is anything to look after."""
        return bool(self.ends or self._early)

    @property
    def missing(self) -> dict[MessageId, int]:
        """The messages of which more exists than was shown, and how much was."""
        return {id_: self.ends[id_] for id_, known in self._known.items() if known > self.ends[id_]}

    def opened(self, id_: MessageId, length: int) -> None:
        """The message was shown, with so much text."""
        self.ends[id_] = max(length, self.ends.get(id_, 0))
        self.note_length(id_, self._early.pop(id_, 0))

    def ended(self, id_: MessageId) -> None:
        """It grows no more: whatever still comes of it is late."""
        for one in (self.ends, self._known, self._early):
            one.pop(id_, None)

    def receive(self, id_: MessageId, start: int, end: int) -> bool:
        """Whether this piece is to be shown now. If so it counts as shown."""
        shown = self.ends.get(id_)
        if shown is None or start > shown:
            self.note_length(id_, end)
            return False
        if end <= shown:
            return False
        self.ends[id_] = end
        return True

    def note_length(self, id_: MessageId, length: int) -> None:
        """So much of it exists, though it is not here."""
        if id_ in self.ends:
            self._known[id_] = max(length, self._known.get(id_, 0))
        elif length:
            self._early[id_] = max(length, self._early.get(id_, 0))
            if len(self._early) > EARLY:
                del self._early[next(iter(self._early))]

    def drop_early(self, open_: Container[MessageId]) -> None:
        """What was heard of messages that are not open was late, not early."""
        self._early = {id_: length for id_, length in self._early.items() if id_ in open_}

    def truncate_to(self, id_: MessageId, length: int) -> None:
        """The database has just so much: what was said to lie beyond it does not exist."""
        self._known.pop(id_, None)
        if id_ in self.ends:
            self.ends[id_] = min(length, self.ends[id_])
