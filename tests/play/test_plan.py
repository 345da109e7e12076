"""Titles and ids."""

from uuid import UUID

import pytest

from bitworks.play.plan import TITLE_LENGTH, SourceLine, conversation, title_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        ("  Two\n\nlines\tand   more ", "Two lines and more"),
        ("x" * 60, "x" * 60),
        ("word " * 12, "word " * 11 + "word"),
        ("word " * 13, "word " * 11 + "word…"),
        ("x" * 59 + " y", "x" * 59 + "…"),
        ("x" * 61, "x" * 59 + "…"),
        ("天" * 61, "天" * 59 + "…"),
    ],
)
def test_a_title_is_the_text_in_one_line_cut_at_the_end_of_a_word(text: str, title: str) -> None:
    assert title_of(text) == title
    assert len(title_of(text)) <= TITLE_LENGTH


def test_a_conversation_is_named_after_its_first_user_turn() -> None:
    source = SourceLine("a.jsonl", 1)
    assert conversation(source, ("k",), [("assistant", "Hi"), ("user", "Help")]).title == "Help"
    assert conversation(source, ("k",), [("assistant", "Hi")]).title == "Hi"


def test_ids_are_such_as_the_server_takes() -> None:
    one = conversation(SourceLine("a.jsonl", 1), ("k",), [("user", "Help")])
    assert [str(UUID(id_)) for id_ in (one.id, one.turns[0].id)] == [one.id, one.turns[0].id]
