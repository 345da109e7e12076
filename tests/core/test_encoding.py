"""JSON as the contract writes it, and reads it."""

import json
from datetime import UTC, datetime

import pytest

from bitworks.core.encoding import TooDeep, canonical_json, fingerprint, from_json, rfc3339, to_json


def test_times_are_in_utc_with_milliseconds() -> None:
    time = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
    assert rfc3339(time) == "2026-01-31T12:00:00.000Z"
    assert to_json({"at": time.replace(microsecond=5_000)}) == b'{"at":"2026-01-31T12:00:00.005Z"}'


def test_unpaired_surrogates_pass_so_that_the_field_can_be_named() -> None:
    assert from_json(b'{"a": "\\ud800"}') == {"a": "\ud800"}


@pytest.mark.parametrize("text", [b"", b"{", b"NaN", b'{"a": Infinity}', b"\xff", b'"\x01"'])
def test_what_is_not_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of its kinds
        from_json(text)


def test_nesting_without_end_is_told_apart() -> None:
    with pytest.raises(TooDeep):
        from_json("[" * 100_000 + "]" * 100_000)


def test_one_and_true_are_different_values() -> None:
    assert canonical_json({"a": 1}) != canonical_json({"a": True})
    assert fingerprint({"a": 1, "b": 2}) == fingerprint(json.loads('{"b": 2, "a": 1}'))
