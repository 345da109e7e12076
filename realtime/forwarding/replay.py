"""A request taken out of aiohttp: its TCP connection, and the bytes that ask for the same again."""

import os
import socket

from aiohttp import web

from bitworks.realtime.engine import ConnectionGone

# The body was read, decoded, and is sent whole.
_BODY_HEADERS = {b"content-length", b"content-encoding", b"transfer-encoding", b"expect"}
RawHeaders = tuple[tuple[bytes, bytes], ...]


def serialize_request(
    request: web.Request, body: bytes, *, without: tuple[bytes, ...] = (), added: RawHeaders = ()
) -> bytes:
    """The request as it came, with a body of known length."""
    dropped = _BODY_HEADERS | set(without)
    kept = [header for header in request.raw_headers if header[0].lower() not in dropped]
    if body or request.method == "POST":
        kept.append((b"Content-Length", str(len(body)).encode()))
    lines = [f"{request.method} {request.raw_path} HTTP/1.1".encode()]
    lines += [name + b": " + value for name, value in (*kept, *added)]
    return b"\r\n".join([*lines, b"", body])


def detach_socket(request: web.Request) -> socket.socket:
    """The client's connection, no longer aiohttp's. Raises ConnectionGone.

    The request must have been read to its end. What a client pipelined behind it is lost; neither browsers
    nor proxies pipeline.
    """
    transport = request.transport
    if transport is None or transport.is_closing():
        raise ConnectionGone
    held = transport.get_extra_info("socket")
    client = socket.socket(fileno=os.dup(held.fileno()))
    client.setblocking(False)
    transport.abort()
    return client
