"""The expression that finds words in titles; whether PostgreSQL takes it so is in `tests/doors`."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bitworks.features.history.title_pattern import pattern_of

# re refuses what PostgreSQL allows: a control character behind a backslash is fine for both.
TITLES = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30)


def finds(words: str, title: str) -> bool:
    return re.search(pattern_of(words), unicodedata.normalize("NFD", title)) is not None


@given(TITLES)
def test_every_title_has_its_own_words(title: str) -> None:
    assert finds(title, title)


@given(TITLES, st.integers(0, 29), st.integers(1, 30))
def test_any_part_of_a_title_is_in_it(title: str, start: int, length: int) -> None:
    assert finds(title[start : start + length], title)


def test_case_and_accents_do_not_matter() -> None:
    for words, title in [
        ("malaga", "MÁLAGA"),
        ("ÑANDÚ", "nandu"),
        ("ΜΆΛ", "μαλ"),
        ("ärger", "Arger"),
        ("ⓐ", "Ⓐ"),
        ("ǆ", "ǅ"),
    ]:
        assert finds(words, title)


def test_a_title_in_kana_or_in_letters_of_three_cases_has_its_own_words() -> None:
    for title in ("はずかしい", "ǅ", "ẞ", "ϴ"):
        assert finds(title, title)


def test_what_means_something_in_an_expression_is_taken_literally() -> None:
    for words in (".", "a.c", ".*", "[", "(", "\\", "^", "$", "|"):
        assert not finds(words, "abc")
        assert finds(words, f"so {words} it is")
