"""URLs that name servers, as operators copy them from providers: several hosts, and any character in the password.

`urllib.parse` takes a `#` or `?` in a password for the end of the address, and knows one host only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from urllib.parse import unquote

# As libpq reads them: what stands before the `@` may hold anything but a slash.
_FORM = re.compile(
    r"(?P<scheme>[a-z+]+)://"
    r"(?:(?P<credentials>[^/]*?)@)?(?P<hosts>[^/?@]*)"
    r"(?:/(?P<path>[^?]*))?(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_HOST = re.compile(r"(?P<name>\[[^\]]+\]|[^:\[\]]*)(?::(?P<port>.*))?", re.DOTALL)
_NO_HOST = "has a host that is none; an IPv6 address is written in brackets"
HIGHEST_PORT = 65_535
"""The greatest number that a port may have."""


class BadServerUrl(ValueError):
    """The URL cannot be read. The message has no piece of it, since any may be one of the password."""


@dataclass(frozen=True, slots=True)
class Host:
    """One server."""

    name: str
    """A name, an address without brackets, or the path of a Unix socket's folder; empty for the default."""
    port: int | None
    """The port; None for the default."""


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """The parts of a URL, decoded."""

    scheme: str
    """What stands before `://`."""
    user: str | None
    """The user; None where none is named."""
    password: str | None = field(repr=False)
    """The password; None where none is named."""
    hosts: tuple[Host, ...]
    """The servers, at least one."""
    path: str
    """What follows the hosts, without the slash before it."""
    query: dict[str, str] = field(repr=False)
    """The parameters that have a value. A plus is a plus, as libpq has it."""


def read_server_url(url: str, schemes: Sequence[str]) -> ServerUrl:
    """Reads a URL that begins with one of these schemes. Raises `BadServerUrl`."""
    form = _FORM.fullmatch(url.strip())
    if form is None or form["scheme"] not in schemes:
        raise BadServerUrl(f"must begin with {', '.join(f'{scheme}://' for scheme in schemes)}")
    user, _, password = (form["credentials"] or "").partition(":")
    return ServerUrl(
        scheme=form["scheme"],
        user=unquote(user) or None,
        password=unquote(password) or None,
        hosts=read_hosts(form["hosts"]),
        path=unquote(form["path"] or ""),
        query=_query(form["query"] or ""),
    )


def read_hosts(hosts: str) -> tuple[Host, ...]:
    """Reads `host:port,host:port`. Raises `BadServerUrl`."""
    return tuple(map(_host, hosts.split(",")))


def read_port(port: str) -> int | None:
    """Reads a port; None for an empty one. Raises `BadServerUrl`."""
    if not port:
        return None
    if not (port.isascii() and port.isdecimal() and 0 < int(port[:6]) <= HIGHEST_PORT):
        raise BadServerUrl(
            f"has a port that is no number from 1 to {HIGHEST_PORT}; in a password / is written %2F, and @ %40"
        )
    return int(port)


def _host(host: str) -> Host:
    if host.count(":") > 1 and not host.startswith("["):
        return Host(_bare_ipv6(host), None)
    form = _HOST.fullmatch(host)
    if form is None:
        raise BadServerUrl(_NO_HOST)
    return Host(unquote(form["name"].strip("[]")), read_port(unquote(form["port"] or "")))


def _bare_ipv6(host: str) -> str:
    try:
        return str(IPv6Address(host))
    except ValueError:
        raise BadServerUrl(_NO_HOST) from None


def _query(query: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in query.split("&"))
    return {unquote(name): unquote(value) for name, _, value in pairs if value}
