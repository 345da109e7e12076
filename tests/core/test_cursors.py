"""Cursors: what the server gave is read back, anything else is refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.core.cursors import BEGINNING, MAX_REVISION, Cursor, parse_cursor
from bitworks.core.errors import InvalidInput
from bitworks.core.ids import Revision


@given(st.from_regex(r"[0-9a-f]{12}", fullmatch=True), st.integers(0, MAX_REVISION).map(Revision))
def test_a_cursor_is_read_back(epoch: str, revision: Revision) -> None:
    assert parse_cursor(str(Cursor(epoch, revision))) == Cursor(epoch, revision)


def test_zero_is_the_beginning_of_every_epoch() -> None:
    assert parse_cursor("0") == BEGINNING
    assert str(BEGINNING) == "0"


@pytest.mark.parametrize(
    "text", ["", "1", "-1", "abc.", ".5", "abc.05", "abc.-5", "xyz.5", f"abc.{2**53}", "abc.5\n"]
)
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_cursor(text)
    assert [error.field for error in refused.value.errors] == ["since"]
