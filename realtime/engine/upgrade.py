"""From polling to websocket: 2probe, 3probe, 5, and not a packet out of order."""

import asyncio
from typing import Final, Protocol

from bitworks.realtime.engine import frame as frames
from bitworks.realtime.engine.websocket import WebSocket

UPGRADE_TIMEOUT: Final = 10.0
"""Seconds a client may take from opening the second transport to using it."""


class Upgradable(Protocol):
    def upgrade_probed(self) -> None: ...
    def upgrade_done(self, socket: WebSocket) -> None: ...
    def upgrade_failed(self) -> None: ...


class Probe:
    """Receives on a websocket that wants to replace polling, from before it exists until it does or fails.

    Whatever is not the expected packet closes that websocket only; the session stays on polling.
    """

    def __init__(self, session: Upgradable) -> None:
        self._session = session
        self._socket: WebSocket | None = None
        self._probed = False
        self._upgraded = False
        self._failed = False
        self._timer: asyncio.TimerHandle | None = None

    def attach(self, socket: WebSocket) -> None:
        """The websocket is open. It may have sent all its packets already, or the session may be gone."""
        self._socket = socket
        if self._failed:
            socket.close()
        elif not self._upgraded:
            self._timer = asyncio.get_running_loop().call_later(UPGRADE_TIMEOUT, self.fail)

    def fail(self) -> None:
        """Give the upgrade up, if it is not done."""
        if self._upgraded or self._failed:
            return
        self._failed = True
        self._stop_timer()
        if self._socket is not None:
            self._socket.close()
        self._session.upgrade_failed()

    def websocket_message(self, socket: WebSocket, data: str | bytes) -> None:
        if not self._probed and data == "2probe":
            self._probed = True
            socket.send(frames.PONG_PROBE)
            self._session.upgrade_probed()
        elif self._probed and not self._failed and data == "5":
            self._upgraded = True
            self._stop_timer()
            self._session.upgrade_done(socket)
        else:
            socket.close()
            self.fail()

    def websocket_lost(self, socket: WebSocket, reason: str) -> None:
        self.fail()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
