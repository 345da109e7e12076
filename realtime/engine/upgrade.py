"""From polling to websocket: 2probe, 3probe, 5, and not a packet out of order."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from realtime.engine import frame as frames
from realtime.engine.websocket import WebSocket

UPGRADE_TIMEOUT: Final = 10.0
"""Seconds a client may take from opening the second transport to using it."""


class Upgradable(Protocol):
    def upgrade_probed(self) -> None: ...
    def upgrade_done(self, socket: WebSocket) -> None: ...
    def upgrade_failed(self) -> None: ...


class Probe:
    """Receives on a websocket that wants to replace polling. Whatever is not the expected packet closes that
    websocket only; the session stays on polling."""

    def __init__(self, session: Upgradable) -> None:
        self._session = session
        self._probed = False
        self._over = False
        self._timer: asyncio.TimerHandle | None = None

    def start(self, give_up: Callable[[], None]) -> None:
        self._timer = asyncio.get_running_loop().call_later(UPGRADE_TIMEOUT, give_up)

    def websocket_message(self, socket: WebSocket, data: str | bytes) -> None:
        if not self._probed and data == "2probe":
            self._probed = True
            socket.send(frames.PONG_PROBE)
            self._session.upgrade_probed()
        elif self._probed and data == "5":
            self._finish()
            self._session.upgrade_done(socket)
        else:
            socket.close()
            self.websocket_lost(socket, "transport error")

    def websocket_lost(self, socket: WebSocket, reason: str) -> None:
        if not self._over:
            self._finish()
            self._session.upgrade_failed()

    def _finish(self) -> None:
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
