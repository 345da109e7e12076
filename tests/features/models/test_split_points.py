"""Cutting a long text where no token reaches across."""

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from bitworks.features.models import vocabularies
from bitworks.features.models.known_models import Vocabulary
from bitworks.features.models.split_points import split_text

VOCABULARIES: tuple[Vocabulary, ...] = ("o200k_base", "cl100k_base")
WORDS = st.sampled_from(
    ["the", "Málaga", "we're", "'s", "don't", "LL", "12345", "3.14", "...", "→", "//", "\t", "\r\n", "\n\n",
     "  ", "\n", " ", "，", "中文字", "e\u0301", "ñ", "(a)", "-", "_x", "ﾞ", "का", "😀", "'", "’s", "\u00a0",
     "\u3000"]
)  # fmt: skip
TEXTS = st.lists(WORDS | st.text(max_size=4), max_size=60).map(" ".join) | st.lists(WORDS, max_size=80).map(
    "".join
)


def count(encoding: tiktoken.Encoding, text: str) -> int:
    return len(encoding.encode_ordinary(text))


@pytest.mark.parametrize("name", VOCABULARIES)
@given(text=TEXTS, size=st.integers(min_value=8, max_value=60))
def test_parts_cut_at_split_points_have_as_many_tokens_as_the_whole(
    name: Vocabulary, text: str, size: int
) -> None:
    encoding = vocabularies.load(name)
    found = list(split_text(text, size, size))
    assert "".join(found) == text
    assert all(len(part) <= size for part in found)
    if all(len(part) < size for part in found):
        assert sum(count(encoding, part) for part in found) == count(encoding, text)


def test_prose_has_a_split_point_in_every_part() -> None:
    prose = "What would we do in Málaga, if it rained?\nWe'd read 12 books. " * 5_000
    found = list(split_text(prose, 10_000))
    assert all(len(part) < 10_000 for part in found)
    for name in VOCABULARIES:
        encoding = vocabularies.load(name)
        assert sum(count(encoding, part) for part in found) == count(encoding, prose)


@pytest.mark.parametrize("run", ["a", " ", "\n", "中", "😀", ".", "a\u0301"])
def test_a_text_without_split_points_is_cut_all_the_same(run: str) -> None:
    text = (run * 250_000)[:250_000]
    assert [len(part) for part in split_text(text)] == [100_000, 100_000, 50_000]
