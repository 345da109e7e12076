"""Which connections are accepted: as many as there are places for, and descriptors."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Literal

import structlog

from bitworks.features.limits.strangers import Strangers
from bitworks.hosting.descriptors import descriptor_limit
from bitworks.rest.addresses import ClientAddresses

log = structlog.get_logger(__name__)

DESCRIPTORS_KEPT = 100
"""Descriptors that connections leave to the database and to files; a quarter of them where there are few."""
TOLD_EVERY = 60.0
"""Seconds between two lines of the log about connections that were refused."""

Reason = Literal["no_place", "no_descriptors"]


class ConnectionAdmission:
    """Gives places to connections. That of a proxy that is trusted takes none: who is behind it is counted apart."""

    def __init__(
        self, strangers: Strangers, addresses: ClientAddresses, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._strangers = strangers
        self._addresses = addresses
        self._clock = clock
        limit = descriptor_limit()
        self._highest_descriptor = limit - min(DESCRIPTORS_KEPT, limit // 4)
        self._refused: Counter[str] = Counter()
        self._told_at = -TOLD_EVERY

    def admits(self, holder: Hashable, transport: asyncio.BaseTransport) -> bool:
        """Gives the connection a place. Returns False, and logs it once in a while, if there is none for it."""
        # The kernel gives the lowest number that is free. To run out of them would close the listening socket itself.
        if transport.get_extra_info("socket").fileno() >= self._highest_descriptor:
            return self._refuse("no_descriptors")
        if self.is_of_proxy(transport) or self._strangers.admit(holder, _peer(transport)):
            return True
        return self._refuse("no_place")

    def release(self, holder: Hashable) -> None:
        """Gives the place of a connection back."""
        self._strangers.release(holder)

    def is_of_proxy(self, transport: asyncio.BaseTransport) -> bool:
        """Whether the connection is that of a proxy that is trusted."""
        return self._addresses.is_proxy(_peer(transport))

    def _refuse(self, reason: Reason) -> bool:
        self._refused[reason] += 1
        now = self._clock()
        if now - self._told_at >= TOLD_EVERY:
            log.warning("connections_refused", **self._refused)
            self._refused.clear()
            self._told_at = now
        return False


def _peer(transport: asyncio.BaseTransport) -> str:
    """The address of the other end; empty if it has none any more."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) else ""
