"""Which web pages may use the server, and what their browsers are told about it."""

from collections.abc import Callable, Sequence
from typing import Any

Environ = dict[str, Any]


class Origins:
    """`allowed` as the library takes it: None (same origin), "*", an origin, a list, a callable; [] turns it
    all off.
    """

    def __init__(
        self, allowed: Callable[[Environ], Sequence[str] | None], off: bool, credentials: bool
    ) -> None:
        self._allowed = allowed
        self._off = off
        self._credentials = credentials

    def accepts(self, environ: Environ) -> bool:
        """True for a request without an Origin: it comes from no browser page, or from one's own."""
        origin = environ.get("HTTP_ORIGIN")
        if self._off or not origin:
            return True
        allowed = self._allowed(environ)
        return allowed is None or origin in allowed

    def headers(self, environ: Environ) -> list[tuple[str, str]]:
        """For every answer, errors included, so that a page can read why it failed."""
        origin = environ.get("HTTP_ORIGIN")
        if self._off or not origin or not self.accepts(environ):
            return []
        headers = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
        if self._credentials:
            headers.append(("Access-Control-Allow-Credentials", "true"))
        if environ["REQUEST_METHOD"] == "OPTIONS":
            headers.append(("Access-Control-Allow-Methods", "OPTIONS, GET, POST"))
            asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS")
            headers += [("Access-Control-Allow-Headers", asked)] if asked else []
        return headers
