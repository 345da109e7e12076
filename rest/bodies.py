"""Reads the JSON body of a request, within the bound of its operation."""

import asyncio

from aiohttp import hdrs, web

from bitworks.core.bounds import KIB, Bound, NodeCounter
from bitworks.core.encoding import TooDeep, from_json
from bitworks.core.errors import InvalidInput, MalformedJson, UnsupportedMediaType

AT_ONCE = 256 * KIB
"""Bytes that are decoded without a pause. The decoder holds the interpreter's lock, so a thread would not help: 8 MiB
of plain text take it 12 ms of CPU, of nothing but escapes 24 (medians of seven `from_json`)."""

LARGE = AT_ONCE
"""Bytes of a body above which it takes one of its user's places."""


class ClientGone(Exception):
    """The client hung up before its body was complete: nobody waits for a response."""


def require_plain(request: web.Request) -> None:
    """Raises `UnsupportedMediaType` for a compressed body, of which a few bytes may be many megabytes."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise UnsupportedMediaType("The body must be sent without a Content-Encoding.")


def may_be_large(request: web.Request, bound: Bound) -> bool:
    """Whether the body may have more than LARGE bytes: it says so, or does not say how many."""
    if bound.size <= LARGE or not request.can_read_body:
        return False
    return request.content_length is None or request.content_length > LARGE


async def json_body(request: web.Request, bound: Bound) -> dict[str, object]:
    """The JSON object of the body; an empty one for no body, as clients without fields to send leave it out.

    Raises `UnsupportedMediaType`, `TooLarge` before more is read, `MalformedJson`, `InvalidInput`, `ClientGone`.
    """
    if request.content_type != "application/json":
        if not request.can_read_body:
            return {}
        raise UnsupportedMediaType
    body = await _read(request, bound)
    try:
        value = from_json(body)
    except TooDeep:
        raise InvalidInput.of("", "the body is nested too deep") from None
    except ValueError:
        raise MalformedJson from None
    if not isinstance(value, dict):
        raise InvalidInput.of("", "the body must be an object")
    return value


async def _read(request: web.Request, bound: Bound) -> bytes:
    bound.require_size(request.content_length or 0)
    counter = NodeCounter(bound) if bound.counts_nodes(request.content_length) else None
    body = bytearray()
    try:
        while part := await request.content.readany():
            bound.require_size(len(body) + len(part))
            if counter is not None:
                counter.feed(part)
            body += part
            if len(body) > AT_ONCE:
                await asyncio.sleep(0)
    except ConnectionError:
        raise ClientGone from None
    return bytes(body)
