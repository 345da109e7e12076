"""The keys under which what comes from a network address is counted."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

IPV6_PREFIX = 64
"""Bits of an IPv6 address that are one place: a customer has all addresses below such a prefix at least."""
IPV6_TIMES = {IPV6_PREFIX: 1, 56: 4, 48: 16}
"""By the bits of a prefix, how many times as much as one place its network may do: some customers have a /48."""


@dataclass(frozen=True, slots=True)
class CountedNetwork:
    """A network that an address is of, and that is counted as a whole."""

    key: str
    """The network, or the IPv4 address, as text."""
    times: int
    """How many times as much as one address it may do."""


def address_key(address: str) -> str:
    """Returns an IPv4 address as it is, also from its IPv6 form, and an IPv6 address as its network of one place.

    A text that is no address, such as the name of a Unix socket, is returned as it is.
    """
    return counted_networks(address)[0].key


def counted_networks(address: str) -> tuple[CountedNetwork, ...]:
    """Returns the networks under which an address is counted, the smallest first: of IPv4 and of other texts, one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return (CountedNetwork(address, 1),)
    if not isinstance(parsed, IPv6Address):
        return (CountedNetwork(address, 1),)
    if parsed.ipv4_mapped is not None:
        return (CountedNetwork(str(parsed.ipv4_mapped), 1),)
    return tuple(
        CountedNetwork(str(ip_network((parsed, bits), strict=False)), times)
        for bits, times in IPV6_TIMES.items()
    )
