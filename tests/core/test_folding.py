"""Which words are found in which texts. The client is held to the same cases by `client/react/test/fold.test.ts`."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.core.folding import fold

CASES = json.loads((Path(__file__).parents[1] / "contract/folding.json").read_text(encoding="utf-8"))
# Without marks, which belong to the letter before, and without the letters that Korean syllables are put together of.
LETTERS = st.characters(
    exclude_categories=["M", "C"],
    exclude_characters=[
        chr(code)
        for start, end in (
            (0x1100, 0x1200),
            (0xA960, 0xA980),
            (0xD7B0, 0xD800),
            (0xFFA0, 0xFFE0),
            (0x3130, 0x3190),
        )
        for code in range(start, end)
    ],
)
TITLES = st.text(LETTERS, min_size=1, max_size=30)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['words']} in {case['title']}")
def test_words_are_found_as_a_reader_expects(case: dict[str, object]) -> None:
    assert (fold(str(case["words"])) in fold(str(case["title"]))) == case["found"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_every_text_has_its_own_words_in_either_case(text: str) -> None:
    assert fold(text.upper()) == fold(text)
    assert fold(text.lower()) == fold(text)
    assert fold(fold(text)) == fold(text)


@given(TITLES, st.integers(0, 29), st.integers(1, 30))
def test_any_part_of_a_title_is_in_it(title: str, start: int, length: int) -> None:
    assert fold(title[start : start + length]) in fold(title)
