"""AMQP_URL: one broker, or several of a cluster, and how to speak TLS with them."""

import os
import ssl
from dataclasses import dataclass, field

from bitworks.core.server_urls import BadServerUrl, Host, ServerUrl, read_server_url

SCHEMES = ("amqp", "amqps")
"""With the s, over TLS."""
PORT, TLS_PORT = 5672, 5671
HEARTBEAT = 10
"""Seconds between two signs of life that broker and server agree on, unless the URL says otherwise."""
MOST_HEARTBEAT = 600
_AUTHORITIES = ("cacertfile", "cafile", "ca_certs")
_CERTIFICATES = ("certfile", "client_certificate")
_KEYS = ("keyfile", "client_key")
_VERIFY = {"verify_peer": True, "verify_none": False}


class BadAmqpUrl(ValueError):
    """AMQP_URL cannot be used."""


@dataclass(frozen=True, slots=True)
class AmqpUrl:
    """A URL as it was read."""

    hosts: tuple[Host, ...]
    """The brokers, at least one; ports are those of the URL, or the usual ones."""
    user: str
    """The user; `guest` where none is named."""
    password: str = field(repr=False)
    """The password."""
    virtual_host: str
    """The virtual host; `/` where none is named."""
    heartbeat: int
    """Seconds; 0 for none."""
    tls: "Tls | None"
    """How to speak TLS; None for not at all."""


@dataclass(frozen=True, slots=True)
class Tls:
    """How to prove who one is, and whom one believes."""

    verify: bool
    """Whether the broker must prove who it is."""
    authorities: str | None
    """A file of certificates that are believed; None for those of the machine."""
    certificate: str | None
    """A file with a certificate of one's own; None for none."""
    key: str | None
    """A file with its key; None where it is in the same."""

    def context(self) -> ssl.SSLContext:
        """The context of a connection. Raises OSError for a file that cannot be used."""
        context = ssl.create_default_context(cafile=self.authorities)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context


def read_amqp_url(url: str) -> AmqpUrl:
    """Reads a URL, and looks for the files that it names. Raises `BadAmqpUrl`, without any piece of a password.

    Several brokers are written `amqp://user:password@one:5672,two:5672/name`. Parameters that mean nothing here, such
    as those of other clients, are left out.
    """
    try:
        parts = read_server_url(url, SCHEMES)
    except BadServerUrl as error:
        raise BadAmqpUrl(str(error)) from None
    tls = _tls(parts) if parts.scheme == "amqps" else None
    port = PORT if tls is None else TLS_PORT
    return AmqpUrl(
        hosts=tuple(Host(host.name or "localhost", host.port or port) for host in parts.hosts),
        user=parts.user or "guest",
        password=parts.password or ("guest" if parts.user is None else ""),
        virtual_host=parts.path or "/",
        heartbeat=_heartbeat(parts.query.get("heartbeat")),
        tls=tls,
    )


def _heartbeat(text: str | None) -> int:
    if text is None:
        return HEARTBEAT
    if not (text.isascii() and text.isdecimal() and int(text[:5]) <= MOST_HEARTBEAT):
        raise BadAmqpUrl(f"heartbeat must be a number of seconds, at most {MOST_HEARTBEAT}")
    return int(text)


def _tls(parts: ServerUrl) -> Tls:
    verify = parts.query.get("verify", "verify_peer")
    if verify not in _VERIFY:
        raise BadAmqpUrl(f"verify must be one of {', '.join(_VERIFY)}")
    return Tls(
        verify=_VERIFY[verify],
        authorities=_file(parts, _AUTHORITIES),
        certificate=_file(parts, _CERTIFICATES),
        key=_file(parts, _KEYS),
    )


def _file(parts: ServerUrl, names: tuple[str, ...]) -> str | None:
    for name in names:
        if (path := parts.query.get(name)) is not None:
            if not os.access(path, os.R_OK):
                raise BadAmqpUrl(f"{name} names a file that cannot be read: {path}")
            return path
    return None
