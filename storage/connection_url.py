"""The one reader of DATABASE_URL: what asyncpg is given to connect, and what dbmate is.

URLs come from providers, who write them for libpq and for other drivers. What means nothing here is left out; what
cannot be used is refused in one line.
"""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import asyncpg

from bitworks.core.server_urls import BadServerUrl, Host, ServerUrl, read_hosts, read_port, read_server_url

SCHEMES = ("postgresql", "postgres")
"""The schemes of a URL that names a PostgreSQL."""
CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a new connection."""

# Parameters of libpq that asyncpg has not, and those of other drivers and of pools that are not here.
_WITHOUT_MEANING = frozenset({
    "channel_binding", "client_encoding", "connect_timeout", "fallback_application_name",
    "gssdelegation", "gssencmode", "hostaddr", "keepalives", "keepalives_count", "keepalives_idle",
    "keepalives_interval", "load_balance_hosts", "max_protocol_version", "min_protocol_version",
    "replication", "require_auth", "requirepeer", "requiressl", "scram_client_key", "scram_server_key",
    "sslcertmode", "sslcompression", "sslcrldir", "sslkeylogfile", "sslsni", "tcp_user_timeout",
    "connection_limit", "max_client_conn", "pgbouncer", "pool_max_conns", "pool_max_size",
    "pool_min_size", "pool_mode", "pool_size", "pool_timeout", "prepareThreshold",
    "prepared_statements", "preparedStatements", "prepared_statement_cache_size", "socket_timeout",
    "sslaccept", "statement_cache_size", "supa", "uselibpqcompat", "workaround",
})  # fmt: skip
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SSL_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_SYSTEM = "system"  # of libpq: the certificates that the machine trusts
_OWN_ROOT = Path("~/.postgresql/root.crt")
_ALPN = "postgresql"
# Settings that the server does not have, or that may not be set to this or by this user; a database that is not for it.
_REFUSALS = (
    asyncpg.UndefinedObjectError,
    asyncpg.DataError,
    asyncpg.CantChangeRuntimeParamError,
    asyncpg.InsufficientPrivilegeError,
)


class BadDatabaseUrl(ValueError):
    """DATABASE_URL cannot be used."""


@dataclass(frozen=True, slots=True)
class ConnectionUrl:
    """A URL as it was read."""

    arguments: Mapping[str, Any] = field(repr=False)
    """Those of `asyncpg.connect`."""
    files: Mapping[str, str]
    """The files of certificates and keys, by their parameter."""
    name: str | None
    """How the server is to call the connections (`application_name`); None if the URL does not say."""
    through_pooler: bool
    """Whether it says that a pooler stands before the server (`pgbouncer=true`)."""

    async def connect(self, **options: Any) -> asyncpg.Connection:
        """Opens a connection. Raises `BadDatabaseUrl` if the server has no such parameter, any error of the driver."""
        try:
            return await asyncpg.connect(**self.arguments, timeout=CONNECT_TIMEOUT, **options)
        except asyncpg.ClientConfigurationError as error:
            raise BadDatabaseUrl(f"DATABASE_URL: {error}") from None
        except _REFUSALS as error:
            raise BadDatabaseUrl(f"The server refuses DATABASE_URL: {error}") from None
        except asyncpg.ProtocolViolationError as error:
            if "startup parameter" not in str(error):
                raise  # PgBouncer has this one code for everything, "no more connections" among them
            raise BadDatabaseUrl(f"The server refuses DATABASE_URL: {error}") from None

    def for_dbmate(self, connection: asyncpg.Connection) -> str:
        """The server that answered on this connection, and what it was told, as dbmate reads it."""
        parameters = connection._params
        query = {**(parameters.server_settings or {}), **_address(connection._addr), **self._tls(connection)}
        credentials = quote(parameters.user, safe="")
        if parameters.password:
            credentials += f":{quote(parameters.password, safe='')}"
        name = quote(parameters.database, safe="")
        return f"postgres://{credentials}@/{name}?{urlencode(query, quote_via=quote)}"

    def _tls(self, connection: asyncpg.Connection) -> dict[str, str]:
        """The mode that asyncpg and the server agreed on: dbmate has another default."""
        encrypted = connection._transport.get_extra_info("ssl_object")
        if encrypted is None:
            return {"sslmode": "disable"}
        context = encrypted.context
        certain = "verify-full" if context.check_hostname else "verify-ca"
        mode = certain if context.verify_mode == ssl.CERT_REQUIRED else "require"
        files = {name: path for name, path in self.files.items() if name != "sslcrl" and path != _SYSTEM}
        return {"sslmode": mode, **files}


def _address(address: str | tuple[str, int]) -> dict[str, str]:
    # As parameters: dbmate would take the brackets off an IPv6 address that stands in the place of the host.
    if isinstance(address, str):
        folder, _, port = address.rpartition("/.s.PGSQL.")
        return {"socket": folder, "port": port}
    host, number = address
    return {"host": host, "port": str(number)}


def read_connection_url(url: str) -> ConnectionUrl:
    """Reads a URL, and looks for the files that it names, which blocks.

    Raises `BadDatabaseUrl`, without any piece of a password.
    """
    try:
        parts = read_server_url(url, SCHEMES)
        hosts = _hosts(parts)
    except BadServerUrl as error:
        raise BadDatabaseUrl(str(error)) from None
    query = {name: value for name, value in parts.query.items() if name not in _WITHOUT_MEANING}
    for name in ("host", "port"):
        query.pop(name, None)
    arguments: dict[str, Any] = {
        "user": query.pop("user", parts.user),
        "password": query.pop("password", parts.password),
        "database": query.pop("dbname", query.pop("database", parts.path or None)),
    }
    if any(host.name for host in hosts):
        arguments["host"] = [host.name or "localhost" for host in hosts]
    if any(host.port for host in hosts):
        default = read_port(os.environ.get("PGPORT", "")) or 5432
        ports = [host.port or default for host in hosts]
        arguments["port"] = ports if "host" in arguments else ports[0]
    files = _choose_tls(query, arguments)
    if query:  # certificates, and settings of the server: asyncpg reads those from a URL only
        arguments["dsn"] = f"postgresql://?{urlencode(query, quote_via=quote)}"
    through_pooler = parts.query.get("pgbouncer", "").lower() in ("true", "1", "yes", "on")
    return ConnectionUrl(arguments, files, query.get("application_name"), through_pooler)


def _hosts(parts: ServerUrl) -> tuple[Host, ...]:
    """The servers; the parameters `host` and `port` count more than what stands in the place of the host."""
    named = parts.query.get("host") or parts.query.get("hostaddr")
    if named is None:
        hosts = parts.hosts
    elif named.startswith("/"):
        hosts = tuple(Host(folder, None) for folder in named.split(","))
    else:
        hosts = read_hosts(named)
    ports = [read_port(port) for port in parts.query.get("port", "").split(",")]
    if len(ports) == 1:
        ports *= len(hosts)
    if len(ports) != len(hosts):
        raise BadServerUrl(f"has {len(hosts)} hosts, but {len(ports)} ports")
    return tuple(Host(host.name, port or host.port) for host, port in zip(hosts, ports, strict=True))


def _choose_tls(query: dict[str, str], arguments: dict[str, Any]) -> dict[str, str]:
    """Makes of the parameters of TLS what asyncpg knows, and returns the files that they name."""
    other = query.pop("ssl", "").lower()  # of other drivers: a flag, or a mode
    if "sslmode" not in query and other not in ("", "false", "0", "disable"):
        query["sslmode"] = "require" if other in ("true", "1") else other
    if query.get("sslmode") == "no-verify":
        query["sslmode"] = "require"
    files = _files(query)
    root = files.get("sslrootcert")
    mode = (
        query.get("sslmode")
        or os.environ.get("PGSSLMODE")
        or ("verify-full" if root == _SYSTEM else "prefer")
    )
    if mode not in _SSL_MODES:
        raise BadDatabaseUrl(f"sslmode must be one of {', '.join(_SSL_MODES)}")
    if root == _SYSTEM or (root is None and mode.startswith("verify")):
        arguments["ssl"] = _trusting_the_system(files, query, check_hostname=mode != "verify-ca")
        for name in ("sslmode", "sslpassword", *_SSL_FILES):
            query.pop(name, None)
    return files


def _files(query: Mapping[str, str]) -> dict[str, str]:
    files = {name: query.get(name) or os.environ.get(f"PG{name.upper()}") for name in _SSL_FILES}
    found = {name: path for name, path in files.items() if path}
    for name, path in found.items():
        if path == _SYSTEM:
            continue
        if not os.access(path, os.R_OK):
            raise BadDatabaseUrl(f"{name} names a file that cannot be read: {path}")
        if name in ("sslrootcert", "sslcrl"):
            _require_certificates(name, path)
    return found


def _require_certificates(name: str, path: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        raise BadDatabaseUrl(f"{name} names a file without certificates: {path}") from None


def _trusting_the_system(
    files: Mapping[str, str], query: Mapping[str, str], *, check_hostname: bool
) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = check_hostname
    context.set_alpn_protocols([_ALPN])
    try:
        if "sslcert" in files:
            context.load_cert_chain(files["sslcert"], files.get("sslkey"), query.get("sslpassword"))
    except ssl.SSLError:
        raise BadDatabaseUrl("sslcert and sslkey must name a certificate and its key") from None
    if "sslcrl" in files:
        context.load_verify_locations(files["sslcrl"])
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    return context
