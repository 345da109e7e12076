"""Cutting a long text so that its parts, counted one by one, have as many tokens as the whole.

Vocabularies split text into pieces before anything else, and no piece reaches across a newline that a
letter follows, or out of a word to a space or mark that stands alone before the next one. A cut there
changes nothing. (The splitter gives up on runs of a million spaces; parts of a bounded size have none.)
"""

from collections.abc import Iterator
from unicodedata import category

PART = 100_000  # characters
SEARCH = 2_000  # characters: how far before the end of a part a seam is looked for


def parts(text: str, size: int = PART, search: int = SEARCH) -> Iterator[str]:
    """The text in parts of at most `size` characters, cut at seams. Where there is none, anywhere."""
    start = 0
    while len(text) - start > size:
        end = start + size
        cut = next((at for at in range(end, max(end - search, start), -1) if _is_seam(text, at)), end)
        yield text[start:cut]
        start = cut
    yield text[start:]


def _is_seam(text: str, at: int) -> bool:
    """Whether a cut before this character goes through no piece."""
    if text[at - 1] == "\n":
        return text[at].isalpha()
    return _stands_alone(text[at]) and text[at - 1].isalpha() and text[at + 1 : at + 2].isalpha()


def _stands_alone(character: str) -> bool:
    # Not an apostrophe, of which contractions are made.
    return character == " " or (category(character).startswith("P") and character != "'")
