"""All addresses of one network are counted as one."""

import pytest

from bitworks.features.limits.addresses import address_key, counted_networks


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


def test_an_ipv6_address_is_counted_with_its_customer_and_with_its_site_which_may_do_more() -> None:
    counted = [(network.key, network.times) for network in counted_networks("2001:db8:1:2ff::1")]
    assert counted == [("2001:db8:1:2ff::/64", 1), ("2001:db8:1:200::/56", 4), ("2001:db8:1::/48", 16)]


@pytest.mark.parametrize("address", ["203.0.113.7", "::ffff:203.0.113.7", "", "unknown"])
def test_any_other_address_is_counted_by_itself(address: str) -> None:
    assert [network.times for network in counted_networks(address)] == [1]
