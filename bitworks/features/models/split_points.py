"""Splits a long text at points where that does not change the number of its tokens.

A vocabulary splits text into pieces by a regular expression before it looks for tokens. A split point lies
between two pieces: behind a newline that a letter follows, or between a letter and a single space or mark
that a letter follows. (The expression fails on runs of a million spaces; parts of a bounded size have none.)
"""

from collections.abc import Iterator
from unicodedata import category

PART_LENGTH = 100_000
"""Characters of a part, at most."""
SEARCH_LENGTH = 2_000
"""Characters before the end of a part that are searched for a split point."""


def split_text(text: str, size: int = PART_LENGTH, search: int = SEARCH_LENGTH) -> Iterator[str]:
    """Yields the text in parts of at most `size` characters, split at the last split point of each.

    A part without a split point in its last `search` characters has exactly `size`; there the sum of the
    parts' counts may differ by a few tokens from the count of the text.
    """
    start = 0
    while len(text) - start > size:
        end = start + size
        cut = next((at for at in range(end, max(end - search, start), -1) if _is_split_point(text, at)), end)
        yield text[start:cut]
        start = cut
    yield text[start:]


def _is_split_point(text: str, at: int) -> bool:
    """Returns whether a split before `text[at]` lies between two pieces."""
    if text[at - 1] == "\n":
        return text[at].isalpha()
    return _is_separator(text[at]) and text[at - 1].isalpha() and text[at + 1 : at + 2].isalpha()


def _is_separator(character: str) -> bool:
    # The apostrophe is excluded: "we're" has the piece "'re".
    return character == " " or (category(character).startswith("P") and character != "'")
