"""The address of a client behind proxies that are trusted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import structlog

log = structlog.get_logger(__name__)

Network = IPv4Network | IPv6Network


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks that these texts name; an address is a network of one. Raises ValueError for any other text."""
    return tuple(ip_network(text, strict=False) for text in texts)


@dataclass(slots=True)
class ClientAddresses:
    """Finds the address of each client, and warns once of a proxy that is not named: all behind it are then one."""

    trusted: Sequence[Network]
    """The networks whose X-Forwarded-For is believed."""
    warned: bool = False
    """Whether the log has the warning already."""

    def is_proxy(self, peer: str) -> bool:
        """Returns whether what is told by this peer is believed."""
        return _is_trusted(peer, self.trusted)

    def of(self, peer: str, forwarded: Sequence[str]) -> str:
        """Returns the address of the client of a request from `peer`, whose lines of X-Forwarded-For are given."""
        if forwarded and not self.warned and not _is_trusted(peer, self.trusted):
            self.warned = True
            log.warning("forwarded_for_ignored", peer=peer, hint="name this proxy in TRUSTED_PROXIES")
        return client_address(peer, forwarded, self.trusted)


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The last address of a request's way that is not a trusted proxy; `peer` if that is not an address.

    `forwarded` are the lines of X-Forwarded-For. Each proxy appends the address that it got the request from, and a
    client can write what it likes before: so the list is read from the right, up to the first address that is not of a
    trusted proxy.
    """
    hops = [_without_port(hop.strip()) for line in forwarded for hop in line.split(",")] + [peer]
    for hop in reversed(hops):
        if not _is_trusted(hop, trusted):
            return hop if _is_address(hop) else peer
    return hops[0] if _is_address(hops[0]) else peer


def _without_port(hop: str) -> str:
    """A hop as some gateways write it, `address:port` or `[address]:port`, without the port and the brackets."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    address, colon, port = hop.partition(":")
    return address if colon and port.isdecimal() and address.count(".") == 3 else hop


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(text: str, trusted: Sequence[Network]) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in trusted)
