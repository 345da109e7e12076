"""Titles of conversations: the provisional one after the first question, and the one that a model generates.

A title is a whole sentence wherever one fits: how much of it a screen has room for is the screen's affair. The player
and the web client name what nobody else will by the same rule; `tests/contract/titles.json` holds all three to it.
"""

import re

from bitworks.core.encoding import from_json
from bitworks.core.text import storable

TITLE_CHARACTERS = 100
"""Characters of a title that is made of a text, at most."""
ENOUGH_CHARACTERS = 20
"""Characters from which on a sentence says enough; a shorter one, such as a greeting, has the next beside it."""

# Where a sentence may end. What goes on in lower case goes on: a number, an abbreviation, a line that was wrapped.
_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)|[。！？]|\n")
_TRAILING = " .,;:。、"

# What models put before a title: marks of Markdown, a word of courtesy, a label.
_MARKS = re.compile(r"^(?:(?:#{1,6}|[>*+-])\s+)+")
_COURTESY = re.compile(
    r"^(?:sure|certainly|of course|okay|here|claro|por supuesto|aquí)\b[^:]*:", re.IGNORECASE
)
_LABEL = re.compile(r"^\W*(?:title|título|titulo)\W*:", re.IGNORECASE)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
# What they put around it, and what is left of that where it was cut.
_PAIRS = ('""', "''", "``", "**", "__", "“”", "”“", "‘’", "«»", "»«", "„“", "„”", "「」", "『』", "《》")
_OPEN = ' \t"`*“«„'


def first_title(question: str) -> str | None:
    """Returns the first sentence of a question, or as many of its words as fit and "…"; None if it has no words."""
    # A question may begin with much whitespace, so more of it than the title is read; but not all of a long one.
    line = _first_sentence(question[: 10 * TITLE_CHARACTERS].strip())
    if len(line) > TITLE_CHARACTERS:
        room = line[:TITLE_CHARACTERS]
        return (room.rpartition(" ")[0].rstrip(_TRAILING) or room[:-1]) + "…"
    return line.rstrip(_TRAILING) or line or None


def title_of_completion(text: str) -> str | None:
    """Returns the title in a model's completion, without what models put around it; None if it has no words.

    It is in the first line that says more than that a title follows, or the `title` of an object.
    """
    text = storable(text).strip()
    lines = [
        line for line in (_title_in_json(text) or text).splitlines() if not line.strip().startswith("```")
    ]
    return first_title(next((bare for line in lines if (bare := _bare(line))), ""))


def _title_in_json(text: str) -> str | None:
    """The `title` of an object that the text is, or its only text; None for any other text."""
    unfenced = text.removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        decoded = from_json(unfenced) if unfenced.startswith("{") else None
    except ValueError:
        return None
    if not isinstance(decoded, dict):
        return None
    texts = [value for value in decoded.values() if isinstance(value, str)]
    title = decoded.get("title")
    return title if isinstance(title, str) else (texts[0] if len(texts) == 1 else None)


def _bare(line: str) -> str:
    """The line without what models put before and around a title; empty for one that only says that it follows."""
    line = _BOLD.sub(r"\1", _MARKS.sub("", line.strip()))
    line = _LABEL.sub("", _COURTESY.sub("", line)).strip()
    while (inner := _unwrapped(line)) != line:
        line = inner
    return line


def _unwrapped(line: str) -> str:
    line = line.strip().rstrip(_TRAILING)
    if len(line) > 1 and line[0] + line[-1] in _PAIRS and line.count(line[-1]) <= 2:
        return line[1:-1]
    # An opening mark whose other half was cut off.
    return line.lstrip(_OPEN) if line[:1] in _OPEN and line.count(line[:1]) == 1 else line


def _first_sentence(text: str) -> str:
    """Returns in one line what stands before the first end of a sentence that leaves enough; all of it if none does."""
    for end in _END.finditer(text):
        sentence = _in_one_line(text[: end.end()])
        if len(sentence) >= ENOUGH_CHARACTERS and not text[end.end() :].lstrip()[:1].islower():
            return sentence
    return _in_one_line(text)


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
