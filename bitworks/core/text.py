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
