"""Looking for words in titles, whatever their case and accents.

A database knows the case of letters only as far as its locale does, and that of a new one may be `C`. So the
expression names both cases of each letter itself, and titles are compared decomposed, their accents skipped.
"""

import unicodedata

_MARKS = "[\u0300-\u036f]*"


def pattern_of(words: str) -> str:
    """A PostgreSQL regular expression that finds the words anywhere in a title in NFD."""
    return "".join(_either_case(letter) + _MARKS for letter in _plain(words))


def _plain(words: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", words.lower()) if not unicodedata.combining(c))


def _either_case(letter: str) -> str:
    if letter.isalnum():
        return f"(?:{letter}|{letter.upper()})"
    # A backslash before what is neither letter nor digit makes it plain, whatever it is.
    return f"\\{letter}"
