"""Cross-origin requests: which web pages may use the server, and the headers that say so."""

from collections.abc import Callable, Sequence
from typing import Any

Environ = dict[str, Any]
"""The WSGI environ of a request, as the library makes it."""


class Origins:
    """The rule for the origins of pages.

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
        origin = environ.get("HTTP_ORIGIN")
        if self._off or not origin:
            return True
        allowed = self._allowed(environ)
        return allowed is None or origin in allowed

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
