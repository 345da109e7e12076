"""The HTTP long-polling transport: packets wait here until the client's next GET takes them along."""

import asyncio
from typing import Final

from aiohttp import web

from bitworks.realtime.engine import frame as frames
from bitworks.realtime.engine.drain import Drain
from bitworks.realtime.engine.errors import Overlap, PayloadTooLarge
from bitworks.realtime.engine.frame import Frame
from bitworks.realtime.engine.heartbeat import Activity
from bitworks.realtime.engine.payload import encode_payload
from bitworks.realtime.engine.protocol_proxy import ConnectionLossProxy

UPGRADE_POLL_TIMEOUT: Final = 0.1
"""Seconds a poll is held while the client probes a websocket: it must end for the probe to go on."""


class Polling:
    """The queue towards one polling client, and the one GET that may wait on it."""

    name: Final = "polling"

    def __init__(self) -> None:
        self.closing = False
        self.upgrading = False
        self.posting = False
        self._queue: list[Frame] = []
        self._closing_frame: Frame | None = None
        self._queued = 0
        self._taken = 0
        self._requests = 0
        self._waiting: asyncio.Future[None] | None = None
        self._drain = Drain()

    @property
    def buffered(self) -> int:
        return self._queued

    def activity(self) -> Activity:
        return Activity(self._requests, self._taken, self._queued > 0)

    def count_request(self) -> None:
        self._requests += 1

    def send(self, frame: Frame) -> None:
        if self.closing:
            return
        self._queue.append(frame)
        self._queued += frame.size
        self._wake()

    def wait_drained(self, below: int) -> "asyncio.Future[None]":
        return self._drain.add(below)

    def probe_started(self) -> None:
        """A probe has begun on a websocket: end the waiting GET, and let none wait long from here on."""
        self.upgrading = True
        self._wake()

    async def poll(self, request: web.Request) -> bytes:
        """The payload for one GET, as soon as there is one. Raises Overlap if another GET waits.

        If the client hangs up meanwhile, this is cancelled by nobody and returns what there is: see `lost`.
        """
        if self._waiting is not None:
            raise Overlap
        if not self._queue and not self.closing:
            await self._wait(request)
        return self._take()

    async def _wait(self, request: web.Request) -> None:
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        proxy = ConnectionLossProxy(request, self._abandon_poll)
        timer = loop.call_later(UPGRADE_POLL_TIMEOUT, self._wake) if self.upgrading else None
        try:
            await self._waiting
        finally:
            self._waiting = None
            proxy.remove()
            if timer is not None:
                timer.cancel()

    def _abandon_poll(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("poll abandoned"))

    def _take(self) -> bytes:
        taken = self.take_all()
        if self._closing_frame is not None:
            taken.append(self._closing_frame)
        return encode_payload(taken or [frames.NOOP])

    def take_all(self) -> list[Frame]:
        """Everything queued, in order; the queue is empty after."""
        taken, self._queue = self._queue, []
        self._taken += self._queued
        self._queued = 0
        self._drain.check(0)
        return taken

    def close(self, closing_frame: Frame | None) -> None:
        """Answer the waiting GET, if any, with what is queued and `closing_frame`.

        Calls after the first change nothing.
        """
        if self.closing:
            return
        self.closing = True
        self._closing_frame = closing_frame
        self._drain.check(0)
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


async def read_body(request: web.Request, limit: int) -> bytes:
    """The whole body of a POST. Raises PayloadTooLarge as soon as it is known to exceed `limit` bytes."""
    if (request.content_length or 0) > limit:
        raise PayloadTooLarge
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise PayloadTooLarge
    return bytes(body)
