"""What must hold of messages that grow, and have ended."""

import re

from tests.laws.producers import TEXT_IDS, Producers, Told, says_where, script, utf16
from tests.laws.world import Someone
from tests.support.replica import Rows

WORDS = re.compile("⟨[^⟩]*⟩")


def assert_texts_only_grew(someone: Someone) -> None:
    """No device was ever shown less than before, or something else, or had to ask for what is missing."""
    for life in someone.lives:
        assert life.shrunk == []
        assert life.holes == []


def assert_texts_are_of_what_was_sent(someone: Someone, snapshot: Rows) -> None:
    """All of it from the beginning, or each word at most once; and all that was said to be durable."""
    for id_, text in _texts(snapshot).items():
        if says_where(id_):
            assert script(someone.producers.mark).startswith(text)
        else:
            _assert_words_once(text, someone.producers.words.get(id_, set()))
        for told in _told(someone.producers, id_):
            assert len(text) >= 2 * told.durable, told
            assert told.durable < told.length or says_where(id_) or _stands(told, text), told


def assert_all_that_was_acknowledged_is_there(someone: Someone, snapshot: Rows) -> None:
    """Where nobody was killed or cut off: all of it, each word where its answer said."""
    for id_, text in _texts(snapshot).items():
        for told in _told(someone.producers, id_):
            # A half of a pair that waits for the other counts, until the message ends without it.
            assert len(text) >= 2 * told.length - 2, told
            assert says_where(id_) or _stands(told, text), told


def _assert_words_once(text: bytes, sent: set[str]) -> None:
    words = WORDS.findall(text.decode("utf-16-le"))
    assert utf16("".join(words)) == text
    assert len(words) == len(set(words))
    assert set(words) <= sent


def _stands(told: Told, text: bytes) -> bool:
    return text[: 2 * told.length].endswith(utf16(told.text))


def _told(producers: Producers, id_: str) -> list[Told]:
    return [told for told in producers.told if told.message_id == id_]


def _texts(snapshot: Rows) -> dict[str, bytes]:
    """Of the messages that grew and are still there."""
    rows = {id_: snapshot.get(("message", id_)) for id_ in TEXT_IDS}
    return {id_: utf16(row["content"]) for id_, row in rows.items() if row is not None}
