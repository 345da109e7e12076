"""Server-sent events, from bytes that are cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.features.replies.producers import event_stream
from bitworks.features.replies.producers.event_stream import EventStream

ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
DATA = st.binary(max_size=8).map(lambda data: data.replace(b"\n", b"").replace(b"\r", b""))


def events(*received: bytes) -> list[bytes]:
    stream = EventStream()
    return [data for some in received for data in stream.feed(some)] + list(stream.end())


def test_names_ids_and_comments_are_dropped() -> None:
    assert events(b": one moment\n\nevent: x\nid: 1\ndata: a\n\ndata:b\ndata: c\n\n") == [b"a", b"b\nc"]


@given(st.lists(DATA.filter(bool), max_size=5), ENDS, st.integers(min_value=1, max_value=9))
def test_events_are_the_same_however_their_bytes_are_cut(data: list[bytes], end: bytes, size: int) -> None:
    whole = b"".join(b"data: " + one + end + end for one in data)
    parts = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert events(*parts) == data


def test_a_line_without_an_end_is_not_held_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "LINE_LIMIT", 10)
    with pytest.raises(ValueError, match="without an end"):
        events(b"data: 0123456789")
