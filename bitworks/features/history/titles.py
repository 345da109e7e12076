"""Titles of conversations: the provisional one after the first question, and the one that a model generates."""

import re

from bitworks.core.fields import TITLE_LIMIT

FIRST_TITLE_CHARACTERS = 60
"""Characters of the first question that a provisional title has, at most."""
TITLE_WORDS = 6
"""Words of a generated title, at most."""

# What models put around a title, and the label that they put before it.
_DECORATION = " \t\"'`*_#“”«»„.:"
_LABEL = re.compile(r"^\W*(title|título|titulo)\W*:", re.IGNORECASE)


def first_title(question: str) -> str | None:
    """Returns the beginning of a question, at most FIRST_TITLE_CHARACTERS and whole words; None if it has no words."""
    # A question may begin with much whitespace, so more of it than the title is read; but not all of a long one.
    text = " ".join(question[: 10 * FIRST_TITLE_CHARACTERS].split())
    if len(text) <= FIRST_TITLE_CHARACTERS:
        return text or None
    whole, _, _ = text[: FIRST_TITLE_CHARACTERS + 1].rpartition(" ")
    return whole or text[:FIRST_TITLE_CHARACTERS]


def title_of_completion(text: str) -> str | None:
    """Returns at most TITLE_WORDS words of the first line with words in a model's completion; None if it has none."""
    lines = (_LABEL.sub("", line).strip(_DECORATION) for line in text.replace("\x00", "").splitlines())
    words = next((line for line in lines if line), "").split()[:TITLE_WORDS]
    return " ".join(words).strip(_DECORATION)[:TITLE_LIMIT] or None
