"""Ports for servers that must be told theirs before they start."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_port() -> Iterator[int]:
    """A port of this machine that the kernel gives to nobody else until the block ends.

    A socket that is bound to it and does not listen holds it. Linux lets a server listen on the same port if
    both set SO_REUSEADDR, as servers do; so the port is kept from others before the server starts, and while
    it is down between a kill and its next start. Elsewhere two sockets cannot be bound to one port: there it
    is let go before the block begins.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        if sys.platform != "linux":
            holder.close()
        yield port
