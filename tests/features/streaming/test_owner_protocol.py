"""Errands and their answers survive the wire, halves of pairs included."""

import pytest

from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming.owner_protocol import Answer, Append, End, Errand, decode, encode


@pytest.mark.parametrize(
    "message",
    [
        Errand("1", "a", UserId("u"), MessageId("m"), Append("é😀\ud83d", None)),
        Errand("1", "a", UserId("u"), MessageId("m"), Append("\ude00", 7)),
        Errand("1", "a", UserId("u"), MessageId("m"), End("failed", "00ff", {"error": {"text": "no"}})),
        Answer("1", "done", 9, 4),
        Answer("1", "invalid_input", detail="must not"),
    ],
)
def test_it_survives_the_wire(message: Errand | Answer) -> None:
    data = encode(message)
    assert data.isascii()
    assert decode(data) == message


@pytest.mark.parametrize(
    "data", [b"", b"x", b"[]", b"{}", b'{"kind": "Errand"}', b'{"kind": "Answer"}', b"1"]
)
def test_what_is_neither_is_none(data: bytes) -> None:
    assert decode(data) is None
