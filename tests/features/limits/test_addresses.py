"""All addresses of one network are counted as one."""

import pytest

from bitworks.features.limits.addresses import address_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("203.0.113.7", "::ffff:203.0.113.7"),
    ],
)
def test_these_are_the_same(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("203.0.113.7", "203.0.113.8"),
        ("", "unknown"),
    ],
)
def test_these_are_not(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)
