"""HTTP responses: the headers that each of them carries, and the body of an error."""

import gzip
import json

from aiohttp import web

from bitworks.realtime.engine.errors import RequestRefused
from bitworks.realtime.engine.origins import Environ, Origins

HeaderList = list[tuple[str, str]]
"""Names and values of headers."""


class Responses:
    """Makes the HTTP responses of one server, with the headers of cross-origin requests.

    `compress_from`: bytes from which a body is compressed for clients that accept gzip; None: never.
    """

    def __init__(self, origins: Origins, compress_from: int | None) -> None:
        self._origins = origins
        self._compress_from = compress_from

    def ok(
        self, body: bytes, environ: Environ, *, status: int = 200, headers: HeaderList | None = None
    ) -> web.Response:
        """Makes a response of text, by default with status 200."""
        typed = [("Content-Type", "text/plain; charset=UTF-8"), *(headers or [])]
        return self._response(body, environ, status, typed)

    def refusal(self, refusal: RequestRefused, environ: Environ) -> web.Response:
        """Makes the response to a refused request, in Engine.IO's form of an error. The connection ends with it."""
        body = json.dumps({"code": refusal.code, "message": refusal.message}).encode()
        headers = [("Content-Type", "application/json")]
        if refusal.retry_after is not None:
            headers.append(("Retry-After", str(refusal.retry_after)))
        response = self._response(body, environ, refusal.status, headers)
        # The rest of the request is not read; and behind a handshake a proxy passes on whatever the client sends.
        response.force_close()
        return response

    def _response(self, body: bytes, environ: Environ, status: int, headers: HeaderList) -> web.Response:
        headers = [*headers, ("Cache-Control", "no-store"), *self._origins.headers(environ)]
        if self._compress_from is not None and len(body) >= self._compress_from and _accepts_gzip(environ):
            headers.append(("Content-Encoding", "gzip"))
            body = gzip.compress(body, compresslevel=6)
        return web.Response(body=body, status=status, headers=headers)


def _accepts_gzip(environ: Environ) -> bool:
    encodings = environ.get("HTTP_ACCEPT_ENCODING", "").split(",")
    return any(encoding.split(";")[0].strip() == "gzip" for encoding in encodings)
