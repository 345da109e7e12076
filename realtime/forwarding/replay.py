"""Taking a request out of aiohttp: its TCP connection, and the bytes that make the same request again."""

import os
import socket
from typing import NamedTuple

from aiohttp import web

from bitworks.realtime.engine import ConnectionGone, LengthRequired

RawHeaders = tuple[tuple[bytes, bytes], ...]
"""Names and values, in aiohttp's form of `raw_headers`."""

# Dropped: aiohttp has met the expectation, and a body has a known length or none.
_BODY_HEADERS = {b"content-length", b"transfer-encoding", b"expect"}


class Body(NamedTuple):
    """The body of a request that is still being received."""

    received: bytes
    """What has come."""
    missing: int
    """Bytes that are still to come."""


def body_so_far(request: web.Request) -> Body:
    """Returns what has come of the body, without waiting: the rest is for the owner to read, or to refuse.

    So a worker that does not know the session holds little of what is sent to it. The connection must be detached
    before the event loop goes on. Raises LengthRequired for a body of unknown length that has not come whole.
    """
    received = bytearray()
    # Each read lets the parser go on with what it holds already.
    while part := request.content.read_nowait():
        received += part
    if request.content.is_eof():
        return Body(bytes(received), 0)
    if request.content_length is None:
        raise LengthRequired
    return Body(bytes(received), request.content_length - len(received))


def serialize_request(
    request: web.Request, body: Body, *, without: tuple[bytes, ...] = (), added: RawHeaders = ()
) -> bytes:
    """Returns the request as HTTP/1.1 bytes, with the headers as they came and what has come of its body.

    `without` names headers to leave out, in lower case; `added` are written behind the others.
    """
    dropped = _BODY_HEADERS | set(without)
    kept = [header for header in request.raw_headers if header[0].lower() not in dropped]
    length = len(body.received) + body.missing
    if length or request.method == "POST":
        kept.append((b"Content-Length", str(length).encode()))
    lines = [f"{request.method} {request.raw_path} HTTP/1.1".encode()]
    lines += [name + b": " + value for name, value in (*kept, *added)]
    return b"\r\n".join([*lines, b"", body.received])


def detach_socket(request: web.Request) -> socket.socket:
    """Takes the client's connection away from aiohttp. Raises ConnectionGone if the client has hung up.

    Nothing of the request may have been left unread in aiohttp. Requests that the client has pipelined behind it are
    lost; neither browsers nor proxies pipeline.
    """
    transport = request.transport
    if transport is None or transport.is_closing():
        raise ConnectionGone
    # A second descriptor of the same connection: abort() closes the first, and the connection stays open.
    held = transport.get_extra_info("socket")
    client = socket.socket(fileno=os.dup(held.fileno()))
    client.setblocking(False)
    transport.abort()
    return client
