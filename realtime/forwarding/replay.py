"""Taking a request out of aiohttp: its TCP connection, and the bytes that make the same request again."""

import os
import socket

from aiohttp import web

from bitworks.realtime.engine import ConnectionGone

# Dropped, since they describe the body as it came: aiohttp has read and decoded it, and it is sent in one
# piece.
_BODY_HEADERS = {b"content-length", b"content-encoding", b"transfer-encoding", b"expect"}

RawHeaders = tuple[tuple[bytes, bytes], ...]
"""Names and values, in aiohttp's form of `raw_headers`."""


def serialize_request(
    request: web.Request, body: bytes, *, without: tuple[bytes, ...] = (), added: RawHeaders = ()
) -> bytes:
    """Returns the request as HTTP/1.1 bytes, with the headers as they came and a body of known length.

    `without` names headers to leave out, in lower case; `added` are written behind the others.
    """
    dropped = _BODY_HEADERS | set(without)
    kept = [header for header in request.raw_headers if header[0].lower() not in dropped]
    if body or request.method == "POST":
        kept.append((b"Content-Length", str(len(body)).encode()))
    lines = [f"{request.method} {request.raw_path} HTTP/1.1".encode()]
    lines += [name + b": " + value for name, value in (*kept, *added)]
    return b"\r\n".join([*lines, b"", body])


def detach_socket(request: web.Request) -> socket.socket:
    """Takes the client's connection away from aiohttp. Raises ConnectionGone if the client has hung up.

    The request must have been read to its end. Requests that the client has pipelined behind it are lost;
    neither browsers nor proxies pipeline.
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
