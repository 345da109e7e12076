"""Whom an address stands for."""

from ipaddress import IPv6Address, ip_address, ip_network

HOUSEHOLD = 64  # bits: whoever has an IPv6 address has all that begin with these


def counted_as(address: str) -> str:
    """What attempts from this address are counted under; whatever is no address is itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, HOUSEHOLD), strict=False))
