"""Offsets and lengths of text as JavaScript counts them: in UTF-16 code units, never within a surrogate pair."""

from dataclasses import dataclass

UNIT = 2
"""Bytes of a UTF-16 code unit."""
CODEC = "utf-16-le"
"""The codec of UTF-16 without a byte order mark, which would count as a unit."""


def units(text: str) -> int:
    """Returns the length of a text, in UTF-16 code units."""
    # CPython stores with a string whether it is ASCII, so an ordinary text is not encoded to be counted.
    return len(text) if text.isascii() else len(text.encode(CODEC)) // UNIT


def from_unit(text: str, offset: int) -> str:
    """Returns the text from an offset on, in UTF-16 code units, which must not split a surrogate pair."""
    return text[offset:] if text.isascii() else text.encode(CODEC)[UNIT * offset :].decode(CODEC)


def storable(text: str) -> str:
    """Returns the text as PostgreSQL keeps it: without U+0000, and with U+FFFD for each unpaired surrogate."""
    text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(CODEC, "surrogatepass").decode(CODEC, "replace")
    return text


class StorableText:
    """Text that comes in pieces, each of which may end within a surrogate pair, as storable text."""

    def __init__(self) -> None:
        self._half = ""

    def take(self, piece: str) -> str:
        """Returns what can be kept so far: a high half that ends the piece waits for the next one."""
        text = self._half + piece
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return storable(text[: len(text) - len(self._half)])


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message's content."""

    start: int
    """The offset of its first code unit, in UTF-16 code units."""
    end: int
    """The offset behind its last code unit: `start` and the length of `text`."""
    text: str
    """Its text, without half of a surrogate pair at either end."""

    def then(self, more: "Piece") -> "Piece":
        """Returns this piece, extended by what `more` has beyond its end. `more` must not begin beyond that end."""
        if more.end <= self.end:
            return self
        return Piece(self.start, more.end, self.text + from_unit(more.text, self.end - more.start))
