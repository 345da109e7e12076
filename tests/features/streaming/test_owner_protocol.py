"""Owner calls and their responses survive the wire, halves of pairs included."""

import pytest

from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming.owner_protocol import (
    AppendRequest,
    EndRequest,
    OwnerCall,
    OwnerResponse,
    decode,
    encode,
)


@pytest.mark.parametrize(
    "message",
    [
        OwnerCall("1", "a", UserId("u"), MessageId("m"), AppendRequest("é😀\ud83d", None)),
        OwnerCall("1", "a", UserId("u"), MessageId("m"), AppendRequest("\ude00", 7)),
        OwnerCall(
            "1", "a", UserId("u"), MessageId("m"), EndRequest("failed", "00ff", {"error": {"text": "no"}})
        ),
        OwnerResponse("1", "done", 9, 4),
        OwnerResponse("1", "invalid_input", detail="must not"),
    ],
)
def test_it_survives_the_wire(message: OwnerCall | OwnerResponse) -> None:
    data = encode(message)
    assert data.isascii()
    assert decode(data) == message


@pytest.mark.parametrize(
    "data", [b"", b"x", b"[]", b"{}", b'{"kind": "Errand"}', b'{"kind": "Answer"}', b"1"]
)
def test_what_is_neither_is_none(data: bytes) -> None:
    assert decode(data) is None
