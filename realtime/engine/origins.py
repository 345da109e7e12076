"""Cross-origin requests: which web pages may use the server, and the headers that say so."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

Environ = dict[str, Any]
"""The WSGI environ of a request, as the library makes it."""

ANY_PORT = ":*"
"""Stands behind an origin that is allowed with whatever port."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_PAGE_SCHEMES: Final = {"ws": "http", "wss": "https"}  # some proxies name that of the websocket


class PageOrigin(NamedTuple):
    """The origin of a page: RFC 6454. Two that are written differently may be one."""

    scheme: str
    """In small letters."""
    host: str
    """In small letters."""
    port: int | None
    """The scheme's own where none is written; None if it has none."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS.get(self.scheme) else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def parse_origin(text: str) -> PageOrigin | None:
    """Returns the origin that is written as `text`; None for `null`, and for what is no origin."""
    try:
        parts = urlsplit(text.lower())
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.scheme or not parts.hostname or parts.path.strip("/"):
        return None
    return PageOrigin(parts.scheme, parts.hostname, port)


def is_among(text: str, allowed: Iterable[str]) -> bool:
    """Returns whether the origin `text` is one of these, where `http://localhost:*` stands for any port."""
    origin = parse_origin(text)
    if origin is None:
        return text in allowed
    any_port = str(origin._replace(port=DEFAULT_PORTS.get(origin.scheme))) + ANY_PORT
    return any(one in ("*", any_port) or parse_origin(one) == origin for one in allowed)


class Origins:
    """The rule for the origins of pages: the server's own, and those that are allowed beside it.

    `allowed` is the library's: it returns the origins that a request may have, or None for any. `off` allows
    every origin and sends no headers. `credentials` allows cookies.
    """

    def __init__(
        self, allowed: Callable[[Environ], Sequence[str] | None], off: bool, credentials: bool
    ) -> None:
        self._allowed = allowed
        self._off = off
        self._credentials = credentials

    def accepts(self, environ: Environ) -> bool:
        """Returns whether the request is allowed. One without an Origin is: no other page has made it."""
        text = environ.get("HTTP_ORIGIN")
        if self._off or not text:
            return True
        allowed = self._allowed(environ)
        if allowed is None or text in allowed:
            return True
        origin = parse_origin(text)
        return origin is not None and (
            _is_own(origin, environ) or any(parse_origin(one) == origin for one in allowed)
        )

    def headers(self, environ: Environ) -> list[tuple[str, str]]:
        """Returns the headers for the response, errors included, so that a page can read why it failed."""
        origin = environ.get("HTTP_ORIGIN")
        if self._off or not origin or not self.accepts(environ):
            return []
        headers = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
        if self._credentials:
            headers.append(("Access-Control-Allow-Credentials", "true"))
        if environ["REQUEST_METHOD"] == "OPTIONS":
            headers.append(("Access-Control-Allow-Methods", "OPTIONS, GET, POST"))
            requested = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS")
            headers += [("Access-Control-Allow-Headers", requested)] if requested else []
        return headers


def _is_own(origin: PageOrigin, environ: Environ) -> bool:
    """Returns whether the request was sent to `origin`, by what it says itself and what proxies say of it."""
    scheme = _first(environ, "HTTP_X_FORWARDED_PROTO")
    # Where no proxy names the scheme, it may have spoken TLS or not.
    if scheme and _PAGE_SCHEMES.get(scheme, scheme) != origin.scheme:
        return False
    hosts = (_first(environ, header) for header in ("HTTP_HOST", "HTTP_X_FORWARDED_HOST"))
    return any(_is_at(origin, host, _first(environ, "HTTP_X_FORWARDED_PORT")) for host in hosts if host)


def _is_at(origin: PageOrigin, host: str, port_of_proxy: str) -> bool:
    """Returns whether `host`, as in a header, is that of `origin`; the proxy's port is one that it may leave out."""
    try:
        named = urlsplit(f"//{host}")
        port = named.port
    except ValueError:
        return False
    if named.hostname != origin.host:
        return False
    return origin.port == (port or DEFAULT_PORTS.get(origin.scheme)) or (
        port is None and port_of_proxy == str(origin.port)
    )


def _first(environ: Environ, header: str) -> str:
    """Returns the first value of a header, in small letters: that of the proxy nearest to the client."""
    value: str = environ.get(header, "")
    return value.partition(",")[0].strip().lower()
