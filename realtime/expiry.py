"""Tells a device that its token is about to end, and closes it when it does."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from domain.encoding import rfc3339
from domain.events import signal_packet
from domain.ids import UserId
from realtime.device import Device
from realtime.emit import emit

WARNING = timedelta(seconds=60)


class Expiry:
    """The two timers of one device. `watch` starts them anew for the device's present token."""

    def __init__(self, user_id: UserId, device: Device, now: Callable[[], datetime]) -> None:
        self._user_id = user_id
        self._device = device
        self._now = now
        self._timers: list[asyncio.TimerHandle] = []

    def watch(self) -> None:
        self.stop()
        loop = asyncio.get_running_loop()
        left = self._device.caller.expires_at - self._now()
        self._timers = [
            loop.call_later(max((left - WARNING).total_seconds(), 0), self._warn),
            loop.call_later(max(left.total_seconds(), 0), self._expire),
        ]

    def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()

    def _warn(self) -> None:
        data: dict[str, object] = {"expires_at": rfc3339(self._device.caller.expires_at)}
        emit(signal_packet(self._user_id, "session:expiring", data), [self._device])

    def _expire(self) -> None:
        emit(signal_packet(self._user_id, "session:expired", {}), [self._device])
        # The transport closes, without a DISCONNECT: the stock client returns, asking its auth again.
        self._device.connection.close("session expired")
