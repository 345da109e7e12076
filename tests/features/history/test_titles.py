"""Titles that are made for a conversation: of its first question, and of what a model generates."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.features.history.titles import first_title, title_of_completion


def test_the_first_title_is_a_whole_sentence_wherever_one_fits(repository: Path) -> None:
    cases = json.loads((repository / "tests/contract/titles.json").read_text(encoding="utf-8"))
    for case in cases:
        assert first_title(case["text"]) == case["title"]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 99 + "…"),
        ("今" * 101, "今" * 99 + "…"),
        ("A word, " * 40, "A word, " * 12 + "A…"),
        (" \n ", None),
    ],
)
def test_a_sentence_that_does_not_fit_ends_behind_a_word_and_says_so(
    question: str, title: str | None
) -> None:
    assert first_title(question) == title


@given(st.text())
def test_the_first_title_is_short_one_line_and_a_beginning(question: str) -> None:
    title = first_title(question)
    if title is None:
        assert not question.split()
    else:
        assert 0 < len(title) <= 100
        assert " ".join(question.split()).startswith(title.removesuffix("…"))


@pytest.mark.parametrize(
    ("completion", "title"),
    [
        ("Viaje a Málaga", "Viaje a Málaga"),
        ('"Viaje a Málaga."', "Viaje a Málaga"),
        ("\n\n# **Title: Trip to the sea**\nand more", "Trip to the sea"),
        ("one two three four five six seven eight", "one two three four five six seven eight"),
        ("A trip to Málaga by train. It leaves at noon.", "A trip to Málaga by train"),
        ('{"title": "Trip to Lima"}', "Trip to Lima"),
        ('```json\n{"title": "Trip to Lima"}\n```', "Trip to Lima"),
        ('{"name": "Trip to Lima", "words": 3}', "Trip to Lima"),
        ("```\nTrip to Lima\n```", "Trip to Lima"),
        ("Sure! Here is a name for it:\n\n**Trip to Lima**", "Trip to Lima"),
        ("Here's a name: “Trip to Lima”", "Trip to Lima"),
        ("Claro, aquí tienes:\nViaje a Lima.", "Viaje a Lima"),
        ("Asynchronous code in C#", "Asynchronous code in C#"),
        (".NET and F#", ".NET and F#"),
        ("What is C++?", "What is C++?"),
        ("# C# **basics**", "C# basics"),
        ("- Trip to Lima", "Trip to Lima"),
        ("«Viaje a Lima»", "Viaje a Lima"),
        ("『旅行』", "旅行"),
        ("'90s music", "'90s music"),
        ("Using `pip` and `uv`", "Using `pip` and `uv`"),
        ('"Viaje a Málaga', "Viaje a Málaga"),
        ('"Yes" and "No" in law', '"Yes" and "No" in law'),
        ("Ratio 3:2 explained", "Ratio 3:2 explained"),
        ("A\ud83d title", "A\ufffd title"),
        ("{not json", "{not json"),
        ("...", None),
        ("", None),
    ],
)
def test_a_generated_title_is_not_cut_and_has_no_decoration(completion: str, title: str | None) -> None:
    assert title_of_completion(completion) == title


@given(st.text())
def test_a_generated_title_always_fits(completion: str) -> None:
    title = title_of_completion(completion)
    assert title is None or (0 < len(title) <= 100 and "\x00" not in title)
