"""The key under which attempts from a network address are counted."""

from ipaddress import IPv6Address, ip_address, ip_network

IPV6_PREFIX = 64
"""Bits of an IPv6 address that are counted: a customer is usually given all addresses below such a prefix."""


def address_key(address: str) -> str:
    """Returns an IPv4 address as it is, also from its IPv6 form, and an IPv6 address as its network.

    A text that is no address, such as the name of a Unix socket, is returned as it is.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, IPV6_PREFIX), strict=False))
