"""Text as JavaScript counts it: offsets and lengths in UTF-16 code units, in which surrogate pairs are never split."""

from dataclasses import dataclass

UNIT = 2  # bytes of a code unit
CODEC = "utf-16-le"


def units(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode(CODEC)) // UNIT


def from_unit(text: str, offset: int) -> str:
    """The text from this many UTF-16 code units on. The offset must not split a surrogate pair."""
    return text[offset:] if text.isascii() else text.encode(CODEC)[UNIT * offset :].decode(CODEC)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text that begins at `start` and ends before `end`, in UTF-16 code units."""

    start: int
    end: int
    text: str

    def then(self, more: "Piece") -> "Piece":
        """This piece and what another, which does not begin beyond its end, has beyond it."""
        if more.end <= self.end:
            return self
        return Piece(self.start, more.end, self.text + from_unit(more.text, self.end - more.start))
