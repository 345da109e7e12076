"""The text of a streaming message at its owner: how much of it was accepted, written, made durable and shown.

Offsets count UTF-16 code units, as JavaScript does. A surrogate pair is never split: a high half that
ends an append waits for its low half, and is written and shown with it.

    durable <= written <= end <= length          shown <= written

Nothing is shown before it is written, so the database has all text that any device was shown.
"""

from collections import deque
from collections.abc import Iterator

from bitworks.core.errors import InvalidInput, OutOfOrder
from bitworks.core.fields import CONTENT_LIMIT
from bitworks.core.text import CODEC, UNIT, Piece, from_unit


class TextBuffer:
    """One text. It holds only the part that is not yet durable and shown, so its memory does not grow with the text.

    It begins with `length` code units, all durable, of `characters` code points. `durable`, `written`, `shown` and
    `end` are lengths in UTF-16 code units; `end` is without a high half that waits.
    """

    def __init__(self, length: int, characters: int) -> None:
        self.durable = self.shown = self.written = self.end = length
        self._characters = characters
        self._half = b""
        self._accepted: list[str] = []
        self._pieces: deque[Piece] = deque()

    @property
    def length(self) -> int:
        """UTF-16 code units that were accepted, with a high half that waits."""
        return self.end + len(self._half) // UNIT

    @property
    def grew(self) -> bool:
        """Whether there is text that is not written."""
        return self.end > self.written

    def append(self, text: str, offset: int | None = None) -> None:
        """Adds the part of the text that lies beyond `length`; without an offset, all of it.

        Raises `OutOfOrder` if text is missing before it, `InvalidInput` for unpaired surrogates and for
        more than a message may hold; then nothing was added.
        """
        known = 0 if offset is None else self.length - offset
        if known < 0:
            raise OutOfOrder(self.length, self.durable)
        fresh = self._half + text.encode(CODEC, "surrogatepass")[UNIT * known :]
        whole, half = _parted(fresh)
        if self._characters + len(whole) + bool(half) > CONTENT_LIMIT:
            raise InvalidInput.of("text", f"must leave the content at most {CONTENT_LIMIT} characters")
        self._half = half
        if whole:
            self._accepted.append(whole)
            self._characters += len(whole)
            self.end += (len(fresh) - len(half)) // UNIT

    def unwritten(self) -> Piece:
        """All text that is not written, as one piece, which may be empty."""
        piece = Piece(self.written, self.end, self.beyond(self.written))
        while self._pieces and self._pieces[-1].start >= self.written:
            self._pieces.pop()
        self._accepted.clear()
        if piece.text:
            self._pieces.append(piece)
        return piece

    def holds(self, length: int) -> bool:
        """Whether all text from this length on is held here: so of all lengths from `durable` on."""
        return self.durable <= length <= self.end

    def beyond(self, length: int) -> str:
        """The text from this length on, which must be held."""
        pieces = (_cut(piece, length)[1] for piece in self._pieces if piece.end > length)
        return "".join([*(piece.text for piece in pieces), *self._accepted])

    def tail(self) -> Piece:
        """All text beyond `durable`: PostgreSQL surely holds the rest."""
        return Piece(self.durable, self.end, self.beyond(self.durable))

    def wrote(self, length: int) -> None:
        """Notes that the database has exactly this length, which is less than before if it crashed."""
        self.written = length
        if not self._pieces or self._pieces[-1].end <= length:
            return
        pieces = (part for piece in self._pieces for part in _cut(piece, length))
        self._pieces = deque(piece for piece in pieces if piece.text)

    def made_durable(self, length: int) -> None:
        """Notes that this length is on the disk."""
        self.durable = max(self.durable, length)
        self._forget()

    def show(self) -> Iterator[Piece]:
        """The written pieces that were not shown, in order; each counts as shown once it was given."""
        for piece in tuple(self._pieces):
            if self.shown < piece.end <= self.written:
                self.shown = piece.end
                yield piece
        self._forget()

    def _forget(self) -> None:
        kept_from = min(self.durable, self.shown, self.written)
        while self._pieces and self._pieces[0].end <= kept_from:
            self._pieces.popleft()


def _cut(piece: Piece, at: int) -> tuple[Piece, Piece]:
    """The parts before and after this length; either may be empty."""
    at = min(max(at, piece.start), piece.end)
    text = from_unit(piece.text, at - piece.start)
    before = piece.text[: len(piece.text) - len(text)]
    return Piece(piece.start, at, before), Piece(at, piece.end, text)


def _parted(text: bytes) -> tuple[str, bytes]:
    """Whole characters, and the high half that ends the text, if one does."""
    half = text[-UNIT:] if len(text) >= UNIT and 0xD8 <= text[-1] <= 0xDB else b""
    try:
        return text[: len(text) - len(half)].decode(CODEC), half
    except UnicodeDecodeError:
        raise InvalidInput.of("text", "must not contain unpaired surrogates") from None
