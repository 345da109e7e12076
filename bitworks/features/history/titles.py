"""Titles of conversations: the provisional one after the first question, and the one that a model generates.

A title is a whole sentence wherever one fits: how much of it a screen has room for is the screen's affair. The player
and the web client name what nobody else will by the same rule; `tests/contract/titles.json` holds all three to it.
"""

import re

TITLE_CHARACTERS = 100
"""Characters of a title that is made of a text, at most."""
ENOUGH_CHARACTERS = 20
"""Characters from which on a sentence says enough; a shorter one, such as a greeting, has the next beside it."""

# Where a sentence may end. What goes on in lower case goes on: a number, an abbreviation, a line that was wrapped.
_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)|[。！？]|\n")
_TRAILING = " .,;:。、"

# What models put around a title, and the label that they put before it.
_DECORATION = " \t\"'`*_#“”«»„.:"
_LABEL = re.compile(r"^\W*(title|título|titulo)\W*:", re.IGNORECASE)


def first_title(question: str) -> str | None:
    """Returns the first sentence of a question, or as many of its words as fit and "…"; None if it has no words."""
    # A question may begin with much whitespace, so more of it than the title is read; but not all of a long one.
    line = _first_sentence(question[: 10 * TITLE_CHARACTERS].strip())
    if len(line) > TITLE_CHARACTERS:
        room = line[:TITLE_CHARACTERS]
        return (room.rpartition(" ")[0].rstrip(_TRAILING) or room[:-1]) + "…"
    return line.rstrip(_TRAILING) or line or None


def title_of_completion(text: str) -> str | None:
    """Returns the title in a model's completion, without what models put around it; None if it has no words."""
    lines = (_LABEL.sub("", line).strip(_DECORATION) for line in text.replace("\x00", "").splitlines())
    return first_title(next((line for line in lines if line), ""))


def _first_sentence(text: str) -> str:
    """Returns in one line what stands before the first end of a sentence that leaves enough; all of it if none does."""
    for end in _END.finditer(text):
        sentence = _in_one_line(text[: end.end()])
        if len(sentence) >= ENOUGH_CHARACTERS and not text[end.end() :].lstrip()[:1].islower():
            return sentence
    return _in_one_line(text)


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
