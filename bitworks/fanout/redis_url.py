"""The one reader of REDIS_URL: the client of a single server, of a cluster, or of what sentinels watch."""

import os
import re
from dataclasses import dataclass, field
from typing import Any

import redis.asyncio
import redis.asyncio.sentinel
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from bitworks.core.server_urls import BadServerUrl, Host, ServerUrl, read_server_url

SCHEMES = (
    "redis",
    "rediss",
    "unix",
    "redis+cluster",
    "rediss+cluster",
    "redis+sentinel",
    "rediss+sentinel",
)
"""The schemes of a URL that names a Redis; with the double s, over TLS."""
CONNECT_TIMEOUT = 2.0
"""Seconds to wait for a connection to Redis."""
SOCKET_TIMEOUT = 5.0
"""Seconds to wait for Redis to respond to a command; publishing has a timeout of its own."""
PORT = 6379
SENTINEL_PORT = 26_379

_OPTIONS: dict[str, Any] = {
    "socket_connect_timeout": CONNECT_TIMEOUT,
    "socket_timeout": SOCKET_TIMEOUT,
    # RESP3 offers nothing that is used here, and its messages take a longer way through redis-py.
    "protocol": 2,
}
_ERROR = re.compile(r"\b[A-Z]\w+Error\b")
_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_CERTIFICATE_RULES = ("none", "optional", "required")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class BadRedisUrl(ValueError):
    """REDIS_URL cannot be used."""


@dataclass(frozen=True, slots=True)
class RedisUrl:
    """A URL as it was read."""

    kind: str
    """`single`, `cluster` or `sentinel`."""
    hosts: tuple[Host, ...]
    """The servers, or sentinels; for a Unix socket one without a name."""
    socket: str | None
    """The path of a Unix socket, if it is one."""
    primary: str
    """What sentinels call the primary."""
    options: dict[str, Any] = field(repr=False)
    """The arguments of a connection to the servers, beside its address."""
    sentinel_credentials: tuple[dict[str, Any], ...] = field(repr=False)
    """What sentinels are told, in turn: they need not have the password of the servers."""

    @property
    def is_cluster(self) -> bool:
        """Whether it names a cluster."""
        return self.kind == "cluster"

    def client(self) -> tuple[Any, list[Any]]:
        """Makes the client, and returns those that it uses, which must be closed too. Connects to nothing."""
        match self.kind:
            case "cluster":
                nodes = [ClusterNode(*_place(host, PORT)) for host in self.hosts]
                return redis.asyncio.RedisCluster(startup_nodes=nodes, **self.options), []
            case "sentinel":
                return self._sentinel_client()
        if self.socket is not None:
            return redis.asyncio.Redis(unix_socket_path=self.socket, **self.options), []
        host, port = _place(self.hosts[0], PORT)
        return redis.asyncio.Redis(host=host, port=port, **self.options), []

    def _sentinel_client(self) -> tuple[Any, list[Any]]:
        plain = {
            name: self.options[name] for name in self.options if name not in ("username", "password", "db")
        }
        plain["retry"] = Retry(NoBackoff(), 0)  # the next sentinel is asked instead
        sentinel = redis.asyncio.sentinel.Sentinel([])  # type: ignore[no-untyped-call]  # redis-py
        sentinel.sentinels = [
            redis.asyncio.Redis(host=host, port=port, **plain, **credentials)
            for credentials in self.sentinel_credentials
            for host, port in (_place(host, SENTINEL_PORT) for host in self.hosts)
        ]
        return sentinel.master_for(self.primary, **self.options), sentinel.sentinels


def _place(host: Host, port: int) -> tuple[str, int]:
    return host.name or "localhost", host.port or port


def read_redis_url(url: str) -> RedisUrl:
    """Reads a URL, and looks for the files that it names. Raises `BadRedisUrl`, without any piece of a password.

    Parameters that mean nothing here, such as those of other clients, are left out.
    """
    try:
        parts = read_server_url(url, SCHEMES)
    except BadServerUrl as error:
        raise BadRedisUrl(str(error)) from None
    kind = parts.scheme.partition("+")[2] or "single"
    if kind == "single" and len(parts.hosts) > 1:
        raise BadRedisUrl("names several hosts: redis+cluster:// or redis+sentinel:// is wanted")
    if kind == "sentinel" and not parts.path.strip("/"):
        raise BadRedisUrl(
            "must say what the sentinels call the primary: redis+sentinel://host:port,host:port/name"
        )
    is_socket = parts.scheme == "unix"
    query = parts.query
    named = _present(
        username=query.get("username", parts.user),
        password=query.get("password", parts.password),
        client_name=query.get("client_name"),
    )
    return RedisUrl(
        kind=kind,
        hosts=parts.hosts,
        socket=f"/{parts.path}" if is_socket else None,
        primary=parts.path.strip("/"),
        options={**_OPTIONS, **named, **_database(parts, kind), **({} if is_socket else _tls(parts))},
        sentinel_credentials=_sentinel_credentials(parts, named),
    )


def _present(**named: str | None) -> dict[str, Any]:
    return {name: value for name, value in named.items() if value}


def _sentinel_credentials(parts: ServerUrl, of_servers: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Those that the URL names for sentinels; else those of the servers, and none."""
    own = _present(
        username=parts.query.get("sentinel_username"), password=parts.query.get("sentinel_password")
    )
    if own:
        return (own,)
    return (of_servers, {}) if of_servers else ({},)


def _database(parts: ServerUrl, kind: str) -> dict[str, int]:
    in_path = parts.path.strip("/") if kind != "sentinel" and parts.scheme != "unix" else ""
    number = parts.query.get("db") or in_path or "0"
    if not (number.isascii() and number.isdecimal()):
        raise BadRedisUrl("has a database that is no number: redis://host:port/0")
    if kind == "cluster":
        if int(number):
            raise BadRedisUrl("has a database other than 0, which a cluster has not")
        return {}
    return {"db": int(number)}


def _tls(parts: ServerUrl) -> dict[str, Any]:
    query = parts.query
    wanted = parts.scheme.startswith("rediss") or any(
        query.get(name, "").lower() in _TRUE for name in ("ssl", "tls")
    )
    if not wanted:
        return {}
    options: dict[str, Any] = {"ssl": True}
    # Celery and older clients write CERT_NONE.
    rule = query.get("ssl_cert_reqs", "required").lower().removeprefix("cert_")
    if rule not in _CERTIFICATE_RULES:
        raise BadRedisUrl(f"ssl_cert_reqs must be one of {', '.join(_CERTIFICATE_RULES)}")
    options["ssl_cert_reqs"] = rule
    checked = query.get("ssl_check_hostname", "true").lower()
    if checked not in _TRUE + _FALSE:
        raise BadRedisUrl("ssl_check_hostname must be true or false")
    options["ssl_check_hostname"] = checked in _TRUE and rule != "none"
    for name in _FILES:
        if path := query.get(name):
            if not os.access(path, os.R_OK):
                raise BadRedisUrl(f"{name} names a file that cannot be read: {path}")
            options[name] = path
    return options


def reason_of(error: Exception) -> str:
    """What may be logged of an error beside its class: the server's own words, and why no sentinel named the primary.

    Other messages of redis-py show its connections.
    """
    if isinstance(error, ResponseError):
        return str(error)
    if isinstance(error, MasterNotFoundError):
        return ", ".join(sorted(set(_ERROR.findall(str(error)))))
    return ""
