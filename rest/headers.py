"""The headers of every response: what a browser, or a proxy, may not make of it."""

import re
from collections.abc import Mapping

from aiohttp import web

API_HEADERS = {
    # Tokens and private texts stay in no cache, neither a browser's, where they would outlive the signing out, nor a
    # proxy's that keeps whatever it may.
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
STRICT_TRANSPORT = "max-age=31536000"  # seconds in which a browser asks this host by https only
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "connect-src {sources}; object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
_PAGE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def add_headers(app: web.Application, *, https: bool) -> None:
    """Completes the headers of all responses of the application. What a handler has set itself stays.

    `https`: this server is reached by https, so browsers are told to reach it in no other way.
    """
    defaults = {**API_HEADERS, **({"Strict-Transport-Security": STRICT_TRANSPORT} if https else {})}

    async def complete(request: web.Request, response: web.StreamResponse) -> None:
        # Which versions are at work helps nobody but those who look for a weakness.
        response.headers.pop("Server", None)
        for name, value in defaults.items():
            response.headers.setdefault(name, value)

    app.on_response_prepare.append(complete)


def page_headers(request: web.Request) -> Mapping[str, str]:
    """The headers of a page and of what it loads: its scripts reach no other host than its own."""
    # Some browsers do not count a socket of the same host as 'self'.
    host = request.host if _HOST.fullmatch(request.host) else None
    sources = "'self'" if host is None else f"'self' ws://{host} wss://{host}"
    return {**_PAGE_HEADERS, "Content-Security-Policy": _POLICY.format(sources=sources)}
