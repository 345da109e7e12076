"""The positions of the streaming messages of a user on one instance. All lengths are in UTF-16 code units.

Text arrives over a channel that may reorder, repeat and lose. Each piece tells where it begins and ends: one that was
shown is dropped, one that leaves a gap is not shown, and the missing text is read from the database.
"""

from collections.abc import Container, Iterable

from bitworks.core.ids import MessageId

# MAX_EARLY_MESSAGES: messages whose opening has not come yet, of which lengths are kept; the oldest are dropped first.
MAX_EARLY_MESSAGES = 100


class StreamPositions:
    """`ends` has each streaming message with the length that was shown to the devices that are live."""

    def __init__(self, open_: Iterable[MessageId] = ()) -> None:
        self.ends: dict[MessageId, int] = dict.fromkeys(open_, 0)
        self._known: dict[MessageId, int] = {}
        self._early: dict[MessageId, int] = {}

    def __bool__(self) -> bool:
        """Whether any message streams, or may, as far as is known here."""
        return bool(self.ends or self._early)

    @property
    def missing(self) -> dict[MessageId, int]:
        """The messages of which more text exists than was shown, with the length that was."""
        return {id_: self.ends[id_] for id_, known in self._known.items() if known > self.ends[id_]}

    def opened(self, id_: MessageId, length: int) -> None:
        """Notes that the message was shown, with text of this length."""
        self.ends[id_] = max(length, self.ends.get(id_, 0))
        self.note_length(id_, self._early.pop(id_, 0))

    def ended(self, id_: MessageId) -> None:
        """Forgets a message that has ended. Pieces that still come of it are taken for early ones, and then dropped."""
        for one in (self.ends, self._known, self._early):
            one.pop(id_, None)

    def receive(self, id_: MessageId, start: int, end: int) -> bool:
        """Whether to show this piece now. If so it counts as shown."""
        shown = self.ends.get(id_)
        if shown is None or start > shown:
            self.note_length(id_, end)
            return False
        if end <= shown:
            return False
        self.ends[id_] = end
        return True

    def note_length(self, id_: MessageId, length: int) -> None:
        """Notes that text of this length exists, though it has not come."""
        if id_ in self.ends:
            self._known[id_] = max(length, self._known.get(id_, 0))
        elif length:
            self._early[id_] = max(length, self._early.get(id_, 0))
            if len(self._early) > MAX_EARLY_MESSAGES:
                del self._early[next(iter(self._early))]

    def drop_early(self, open_: Container[MessageId]) -> None:
        """Forgets early lengths of messages that do not stream: they were late, not early."""
        self._early = {id_: length for id_, length in self._early.items() if id_ in open_}

    def truncate_to(self, id_: MessageId, length: int) -> None:
        """The database has just this length: text that was announced beyond it does not exist."""
        self._known.pop(id_, None)
        if id_ in self.ends:
            self.ends[id_] = min(length, self.ends[id_])
