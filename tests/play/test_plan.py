"""Titles and ids."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from bitworks.play.plan import TITLE_LENGTH, SourceLine, conversation, title_of


def test_a_title_is_what_the_server_would_make_of_the_same_words(repository: Path) -> None:
    for case in json.loads((repository / "tests/contract/titles.json").read_text(encoding="utf-8")):
        assert title_of(case["text"]) == case["title"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        ("x" * 100, "x" * 100),
        ("x" * 99 + " y", "x" * 99 + "…"),
        ("天" * 101, "天" * 99 + "…"),
    ],
)
def test_a_title_that_does_not_fit_is_cut_and_says_so(text: str, title: str) -> None:
    assert title_of(text) == title
    assert len(title_of(text)) <= TITLE_LENGTH


def test_a_conversation_is_named_after_its_first_user_turn() -> None:
    source = SourceLine("a.jsonl", 1)
    assert conversation(source, ("k",), [("assistant", "Hi"), ("user", "Help")]).title == "Help"
    assert conversation(source, ("k",), [("assistant", "Hi")]).title == "Hi"


def test_ids_are_such_as_the_server_takes() -> None:
    one = conversation(SourceLine("a.jsonl", 1), ("k",), [("user", "Help")])
    assert [str(UUID(id_)) for id_ in (one.id, one.turns[0].id)] == [one.id, one.turns[0].id]
