"""The HTTP long-polling transport: packets wait in it until the next poll, a GET, takes them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from bitworks.realtime.engine import frame as frames
from bitworks.realtime.engine.drain import Drain
from bitworks.realtime.engine.errors import BodyTimeout, Overlap, PayloadTooLarge
from bitworks.realtime.engine.frame import Frame
from bitworks.realtime.engine.heartbeat import Activity
from bitworks.realtime.engine.payload import encode_payload
from bitworks.realtime.engine.protocol_proxy import ConnectionLossProxy

UPGRADE_POLL_TIMEOUT: Final = 0.1
"""Seconds that a poll waits while the client probes a websocket: the client upgrades when no poll waits."""


BODY_TIMEOUT: Final = 10.0
"""Seconds that the body of a POST may take, however short it is."""
BODY_RATE: Final = 1024
"""Bytes of the body of a POST that the slowest client sends in a second, as those of any other request."""


class Polling:
    """The packets for one polling client, and the one poll that may wait for them.

    `closing`: no packet is accepted any more. `upgrading`: a websocket is probed. `posting`: a POST is under
    way, with at most `held` bytes.
    """

    name: Final = "polling"
    """The name of the transport in the protocol."""

    def __init__(self) -> None:
        self.closing = False
        self.upgrading = False
        self.posting = False
        self.held = 0
        self._queue: list[Frame] = []
        self._closing_frame: Frame | None = None
        self._queued = 0
        self._taken = 0
        self._leaving = 0
        self._requests = 0
        self._waiting: asyncio.Future[None] | None = None
        self._drain = Drain()

    @property
    def buffered(self) -> int:
        """Bytes of packets that no poll has taken, and of responses to polls that their client has not read yet."""
        return self._queued + self._leaving

    def activity(self) -> Activity:
        """Returns the requests that came, and the bytes that polls have taken."""
        return Activity(self._requests, self._taken, self._queued > 0)

    def count_request(self) -> None:
        """Counts a GET or POST as a sign of life."""
        self._requests += 1

    def send(self, frame: Frame) -> None:
        """Queues a packet, and ends the poll that waits. Does nothing after close()."""
        if self.closing:
            return
        self._queue.append(frame)
        self._queued += frame.size
        self._wake()

    def wait_drained(self, below: int) -> "asyncio.Future[None]":
        """Returns a future that is done when at most `below` bytes are buffered, or it is closed."""
        return self._drain.add(below)

    def probe_started(self) -> None:
        """Ends the poll that waits; until the upgrade ends, others wait UPGRADE_POLL_TIMEOUT at most."""
        self.upgrading = True
        self._wake()

    async def poll(self, request: web.Request) -> bytes:
        """Waits until there are packets, and returns the payload for one GET.

        Raises Overlap if another GET waits, ConnectionResetError if the client hangs up.
        """
        if self._waiting is not None:
            raise Overlap
        if not self._queue and not self.closing:
            await self._wait(request)
        return self._take()

    async def _wait(self, request: web.Request) -> None:
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        # aiohttp does not cancel a handler whose client has hung up, so the loss is watched here.
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

    @contextmanager
    def leaving(self, size: int) -> Iterator[None]:
        """Counts the response to a poll, of `size` bytes, as buffered while the block writes it."""
        self._leaving += size
        try:
            yield
        finally:
            self._leaving -= size
            self._drain.check(self.buffered)

    def take_all(self) -> list[Frame]:
        """Removes the packets that are queued, and returns them in order."""
        taken, self._queue = self._queue, []
        self._taken += self._queued
        self._queued = 0
        self._drain.check(0)
        return taken

    def close(self, closing_frame: Frame | None) -> None:
        """Ends the poll that waits, or the next one, with the packets that are queued and `closing_frame`.

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
    """Reads the body of a request. Raises PayloadTooLarge as soon as it exceeds `limit` bytes.

    Raises BodyTimeout if it does not come within BODY_TIMEOUT and a second more for each BODY_RATE bytes.
    """
    if (request.content_length or 0) > limit:
        raise PayloadTooLarge
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT) as deadline:
            until = deadline.when() or 0.0
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise PayloadTooLarge
                deadline.reschedule(until + len(body) / BODY_RATE)
    except TimeoutError:
        raise BodyTimeout from None
    return bytes(body)
