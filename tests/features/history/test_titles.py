"""Titles that are made for a conversation: of its first question, and of what a model generates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.features.history.titles import first_title, title_of_completion

SIXTY = "The quick brown fox jumps over the lazy dog and runs away ok"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("¿Qué tal?", "¿Qué tal?"),
        ("  one\n\ttwo  ", "one two"),
        (SIXTY, SIXTY),
        (SIXTY + "ay", "The quick brown fox jumps over the lazy dog and runs away"),
        (SIXTY + " then", SIXTY),
        ("x" * 70, "x" * 60),
        ("今" * 70, "今" * 60),
        (" \n ", None),
    ],
)
def test_the_first_title_is_the_beginning_of_the_question_at_a_words_end(
    question: str, title: str | None
) -> None:
    assert first_title(question) == title


@given(st.text())
def test_the_first_title_is_short_one_line_and_a_beginning(question: str) -> None:
    title = first_title(question)
    if title is None:
        assert not question.split()
    else:
        assert 0 < len(title) <= 60
        assert " ".join(question.split()).startswith(title)


@pytest.mark.parametrize(
    ("completion", "title"),
    [
        ("Viaje a Málaga", "Viaje a Málaga"),
        ('"Viaje a Málaga."', "Viaje a Málaga"),
        ("\n\n# **Title: Trip to the sea**\nand more", "Trip to the sea"),
        ("one two three four five six seven eight", "one two three four five six"),
        ("...", None),
        ("", None),
    ],
)
def test_a_generated_title_has_at_most_six_words_and_no_decoration(
    completion: str, title: str | None
) -> None:
    assert title_of_completion(completion) == title


@given(st.text())
def test_a_generated_title_always_fits(completion: str) -> None:
    title = title_of_completion(completion)
    assert title is None or (0 < len(title) <= 200 and len(title.split()) <= 6 and "\x00" not in title)
