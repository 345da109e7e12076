"""What a conversation is called before, and after, somebody thought about it."""

import re

from bitworks.core.fields import TITLE_LIMIT

FIRST_TITLE_CHARACTERS = 60
TITLE_WORDS = 6

_DECORATION = " \t\"'`*_#“”«»„.:"
_LABEL = re.compile(r"^\W*(title|título|titulo)\W*:", re.IGNORECASE)


def first_title(question: str) -> str | None:
    """The beginning of the first question, up to 60 characters, at a word's end; None if it has no words."""
    text = " ".join(question[: 10 * FIRST_TITLE_CHARACTERS].split())
    if len(text) <= FIRST_TITLE_CHARACTERS:
        return text or None
    whole, _, _ = text[: FIRST_TITLE_CHARACTERS + 1].rpartition(" ")
    return whole or text[:FIRST_TITLE_CHARACTERS]


def title_of_completion(text: str) -> str | None:
    """A title of at most six words out of what a model said; None if it said nothing that could be one."""
    lines = (_LABEL.sub("", line).strip(_DECORATION) for line in text.replace("\x00", "").splitlines())
    words = next((line for line in lines if line), "").split()[:TITLE_WORDS]
    return " ".join(words).strip(_DECORATION)[:TITLE_LIMIT] or None
