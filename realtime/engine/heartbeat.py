"""The heartbeat: PINGs, and the rule by which a peer without a sign of life is given up."""

import asyncio
from typing import NamedTuple, Protocol


class Activity(NamedTuple):
    """Signs of life of a peer, until one moment. Both counters only grow.

    Drained bytes are a sign of life only if there was a backlog: else the last event sent before an
    application froze would be one, taken by a kernel with room for megabytes more.
    """

    received: int
    """Bytes (websocket) or requests (polling) that came in since the session began."""
    drained: int
    """Bytes that reached the peer's kernel since the session began."""
    backlog: bool
    """Whether bytes were waiting to be drained."""


class HeartbeatTarget(Protocol):
    """What a heartbeat needs of its connection."""

    @property
    def reading_paused(self) -> bool:
        """Whether the server does not read because a handler is slow: a PONG may then wait unread."""

    def activity(self) -> Activity:
        """Returns the signs of life until now."""

    def ping(self) -> None:
        """Sends a PING."""

    def expire(self) -> None:
        """Gives the peer up. Called at most once."""


class Heartbeat:
    """Sends a PING every `interval` seconds, and waits `timeout` seconds for a sign of life, with one timer.

    After a PING, the peer lives if a PONG or any other byte came in, or if it drained a part of a backlog
    that was there when the PING was written (its PONG then waits behind that), or if the server is not
    reading it. A peer without any of these at the end of the timeout is given up. A PONG starts the next
    interval; other signs of life leave the times of the PINGs as they were.
    """

    __slots__ = ("_activity_at_ping", "_interval", "_loop", "_target", "_timeout", "_timer")

    def __init__(self, target: HeartbeatTarget, interval: float, timeout: float) -> None:
        self._target = target
        self._interval = interval
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._activity_at_ping: Activity | None = None
        self._timer: asyncio.TimerHandle | None = self._loop.call_later(interval, self._ping)

    def pong(self) -> None:
        """Handles a PONG: the next PING follows after one interval. One that was not asked for is ignored."""
        if self._timer is None or self._activity_at_ping is None:
            return
        self._activity_at_ping = None
        self._schedule(self._interval, self._ping)

    def stop(self) -> None:
        """Ends the heartbeat."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ping(self) -> None:
        self._activity_at_ping = self._target.activity()
        self._schedule(self._timeout, self._check_activity)
        self._target.ping()

    def _check_activity(self) -> None:
        assert self._activity_at_ping is not None
        if self._is_alive(self._activity_at_ping):
            self._schedule(max(self._interval - self._timeout, 0.0), self._ping)
        else:
            self._timer = None
            self._target.expire()

    def _is_alive(self, at_ping: Activity) -> bool:
        now = self._target.activity()
        drains = at_ping.backlog and now.drained > at_ping.drained
        return now.received > at_ping.received or drains or self._target.reading_paused

    def _schedule(self, delay: float, call: "asyncio._CallbackType") -> None:  # type: ignore[name-defined]
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay, call)
