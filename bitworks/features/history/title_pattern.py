"""The pattern by which titles are searched for words, in any case and with any accents.

PostgreSQL folds the case of the letters of its locale only, and that of a new database may be `C`. So the pattern has
both cases of each letter, and titles are compared in NFD, where accents are characters of their own, which it skips.
"""

import unicodedata

_FIRST_MARK, _LAST_MARK = "\u0300", "\u036f"  # the combining diacritical marks
_MARKS = f"[{_FIRST_MARK}-{_LAST_MARK}]*"


def pattern_of(words: str) -> str:
    """Returns a PostgreSQL regular expression that matches the words anywhere in a title in NFD."""
    return "".join(_any_case(letter) + _MARKS for letter in _plain(words))


def _plain(words: str) -> str:
    # Only what _MARKS skips in titles: the sign that makes ず of す is a mark too, and not among them.
    return "".join(c for c in unicodedata.normalize("NFD", words) if not _FIRST_MARK <= c <= _LAST_MARK)


def _any_case(letter: str) -> str:
    # Not only letters have cases, ⓐ and Ⓐ are symbols; and ǅ is neither the lower nor the upper one.
    cases = dict.fromkeys((letter, letter.lower(), letter.upper(), letter.title()))
    return f"(?:{'|'.join(_literal(case) for case in cases)})"


def _literal(text: str) -> str:
    # PostgreSQL takes an escaped character that is neither letter nor digit literally.
    return "".join(c if c.isalnum() else f"\\{c}" for c in text)
