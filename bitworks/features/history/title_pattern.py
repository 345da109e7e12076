"""The pattern by which titles are searched for words, in any case and with any accents.

PostgreSQL folds the case of the letters of its locale only, and that of a new database may be `C`. So the pattern has
both cases of each letter, and titles are compared in NFD, where accents are characters of their own, which it skips.
"""

import unicodedata

_MARKS = "[\u0300-\u036f]*"  # combining diacritical marks


def pattern_of(words: str) -> str:
    """Returns a PostgreSQL regular expression that matches the words anywhere in a title in NFD."""
    return "".join(_either_case(letter) + _MARKS for letter in _plain(words))


def _plain(words: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", words.lower()) if not unicodedata.combining(c))


def _either_case(letter: str) -> str:
    # Not only letters have two: ⓐ and Ⓐ are symbols.
    cases = dict.fromkeys((letter, letter.upper()))
    return f"(?:{'|'.join(_literal(case) for case in cases)})"


def _literal(text: str) -> str:
    # PostgreSQL takes an escaped character that is neither letter nor digit literally.
    return "".join(c if c.isalnum() else f"\\{c}" for c in text)
