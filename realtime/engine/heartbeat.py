"""Who is still there: pings, and the rule by which a silent peer is given up."""

import asyncio
from typing import NamedTuple, Protocol


class Signs(NamedTuple):
    """Signs of life of a peer, both only ever growing.

    received: bytes or requests that came in.
    drained: bytes that reached the peer's kernel. They count as life only if there was a backlog: else the
    last event sent before an application froze would count, taken by a kernel with room for megabytes more.
    """

    received: int
    drained: int
    backlog: bool


class Pulse(Protocol):
    """What a heartbeat needs of its connection."""

    @property
    def held(self) -> bool:
        """Whether the server has stopped reading because a handler is slow: silence then says nothing."""

    def signs(self) -> Signs: ...
    def ping(self) -> None: ...
    def expire(self) -> None: ...


class Heartbeat:
    """One timer a connection: PING every `interval` seconds, and `timeout` seconds for a sign of life.

    The rule: after a PING, the peer lives if a PONG or any other byte came in, or if it drained a part of a
    backlog that was there when the PING was written (its PONG then waits behind our own data), or if this
    server is not reading it. A peer without any of these until the deadline is gone. A PONG starts the next
    interval; other signs of life leave the rhythm of the PINGs as it was.
    """

    __slots__ = ("_interval", "_loop", "_mark", "_pulse", "_timeout", "_timer")

    def __init__(self, pulse: Pulse, interval: float, timeout: float) -> None:
        self._pulse = pulse
        self._interval = interval
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._mark: Signs | None = None
        self._timer: asyncio.TimerHandle | None = self._loop.call_later(interval, self._ping)

    def pong(self) -> None:
        if self._timer is None or self._mark is None:
            return
        self._mark = None
        self._schedule(self._interval, self._ping)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ping(self) -> None:
        self._mark = self._pulse.signs()
        self._schedule(self._timeout, self._deadline)
        self._pulse.ping()

    def _deadline(self) -> None:
        assert self._mark is not None
        if self._alive(self._mark):
            self._schedule(max(self._interval - self._timeout, 0.0), self._ping)
        else:
            self._timer = None
            self._pulse.expire()

    def _alive(self, mark: Signs) -> bool:
        now = self._pulse.signs()
        drains = mark.backlog and now.drained > mark.drained
        return now.received > mark.received or drains or self._pulse.held

    def _schedule(self, delay: float, call: "asyncio._CallbackType") -> None:  # type: ignore[name-defined]
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay, call)
