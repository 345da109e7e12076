"""Notices survive the wire; what is too large is announced by number."""

import pytest

from bitworks.core.ids import MessageId, Revision, UserId
from bitworks.fanout.notices import (
    FOLLOWERS,
    PACKET_LIMIT,
    Changed,
    Committed,
    Ended,
    Grown,
    Notice,
    Opened,
    SessionsEnded,
    Signalled,
    decode,
    encode,
)

MESSAGE = MessageId("01890a5d-0000-7000-8000-000000000003")


@pytest.mark.parametrize(
    "notice",
    [
        Changed(Revision(7), b'2/users/x,["e",{"a b":1}]'),
        Changed(Revision(7), b""),
        Changed(Revision(7), None),
        Signalled("sid", b"2 packet with spaces"),
        SessionsEnded(),
        Changed(Revision(7), b"2 packet", Opened(MESSAGE, 12)),
        Changed(Revision(7), b"2 packet", Ended(MESSAGE)),
        Grown(MESSAGE, 3, 12, b"2 packet"),
        Grown(MESSAGE, 3, 12, None),
        Committed({UserId(MESSAGE): Revision(7), FOLLOWERS: Revision(8)}),
    ],
)
def test_a_notice_survives_the_wire(notice: Notice) -> None:
    assert decode(encode(b"origin", notice)) == (b"origin", notice)


def test_a_packet_above_the_limit_is_announced_by_number_only() -> None:
    assert decode(encode(b"o", Changed(Revision(7), b"x" * (PACKET_LIMIT + 1)))) == (
        b"o",
        Changed(Revision(7), None),
    )
    assert decode(encode(b"o", Grown(MESSAGE, 3, 12, b"x" * (PACKET_LIMIT + 1)))) == (
        b"o",
        Grown(MESSAGE, 3, 12, None),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"o change",
        b"o change x y",
        b"o what 1 2",
        b"o signal \xff p",
        b"o grown a:1 p",
        b"o committed - one",
    ],
)
def test_what_is_no_notice_is_none(data: bytes) -> None:
    assert decode(data) is None
