"""A proxy between an asyncio transport and aiohttp's protocol, for events that aiohttp does not pass on."""

import asyncio
from collections.abc import Callable
from typing import cast

from aiohttp import web


class ConnectionGone(Exception):
    """The client's TCP connection was lost before the response could be sent."""


class ProtocolProxy(asyncio.Protocol):
    """Passes every event on to aiohttp's protocol. Subclasses override those that they need.

    `transport.set_protocol` is asyncio's own means for this; nothing of aiohttp is patched. Raises
    ConnectionGone if the connection is lost already.
    """

    def __init__(self, request: web.Request) -> None:
        if request.transport is None:
            raise ConnectionGone
        self.transport = request.transport
        self._inner = cast(asyncio.Protocol, request.protocol)
        self.transport.set_protocol(self)

    def remove(self) -> None:
        """Gives the connection back to aiohttp."""
        if self.transport.get_protocol() is self:
            self.transport.set_protocol(self._inner)

    def data_received(self, data: bytes) -> None:
        """Passes bytes on."""
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Passes the end of the stream on."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Passes on that the write buffer is full."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Passes on that the write buffer has room."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Passes the loss of the connection on."""
        self._inner.connection_lost(exc)


class ConnectionLossProxy(ProtocolProxy):
    """Calls `on_lost` when the client hangs up while its request is handled. It must not raise."""

    def __init__(self, request: web.Request, on_lost: Callable[[], None]) -> None:
        super().__init__(request)
        self._on_lost = on_lost

    def connection_lost(self, exc: Exception | None) -> None:
        """Passes the loss on, and announces it."""
        super().connection_lost(exc)
        self._on_lost()
