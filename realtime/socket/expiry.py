"""Warns a device that its token is about to expire, and closes its socket when it does."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from bitworks.core.encoding import rfc3339
from bitworks.core.ids import UserId
from bitworks.realtime.delivery.device import Device
from bitworks.realtime.delivery.emit import emit
from bitworks.realtime.delivery.packets import signal_packet

# EXPIRY_WARNING: before the token expires; time for a client to fetch another one.
EXPIRY_WARNING = timedelta(seconds=60)


class Expiry:
    """The timer of one device. Must be used in the event loop."""

    def __init__(self, user_id: UserId, device: Device, now: Callable[[], datetime]) -> None:
        self._user_id = user_id
        self._device = device
        self._now = now
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Starts the timer anew, for the device's present token."""
        self.stop()
        self._after(self._left() - EXPIRY_WARNING, self._warn)

    def stop(self) -> None:
        """Stops the timer: the device has left."""
        if self._timer is not None:
            self._timer.cancel()

    def _left(self) -> timedelta:
        return self._device.caller.expires_at - self._now()

    def _after(self, delay: timedelta, call: Callable[[], None]) -> None:
        self._timer = asyncio.get_running_loop().call_later(max(delay.total_seconds(), 0), call)

    def _warn(self) -> None:
        self._after(self._left(), self._expire)
        data: dict[str, object] = {"expires_at": rfc3339(self._device.caller.expires_at)}
        emit(signal_packet(self._user_id, "session:expiring", data), [self._device])

    def _expire(self) -> None:
        emit(signal_packet(self._user_id, "session:expired", {}), [self._device])
        # The transport closes, without a DISCONNECT: the stock client reconnects, calling its `auth` for a new token.
        self._device.connection.close("session expired")
