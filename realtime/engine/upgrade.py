"""The upgrade from polling to a websocket: `2probe`, `3probe`, `5`, and no packet out of order."""

import asyncio
from typing import Final, Protocol

from bitworks.realtime.engine import frame as frames
from bitworks.realtime.engine.websocket import WebSocket

UPGRADE_TIMEOUT: Final = 10.0
"""Seconds that a client may take from opening the websocket to the last packet of the upgrade."""


class Upgradable(Protocol):
    """A session that is on polling, and may move to a websocket."""

    def upgrade_probed(self) -> None:
        """Handles the client's probe: the websocket works."""

    def upgrade_done(self, socket: WebSocket) -> None:
        """Moves the session to `socket`."""

    def upgrade_failed(self) -> None:
        """Stays on polling."""


class Probe:
    """The listener of a websocket that is to replace polling, from before it is open until it does or fails.

    Any packet but the expected one closes that websocket only; the session stays on polling.
    """

    def __init__(self, session: Upgradable) -> None:
        self._session = session
        self._socket: WebSocket | None = None
        self._probed = False
        self._upgraded = False
        self._failed = False
        self._timer: asyncio.TimerHandle | None = None

    def attach(self, socket: WebSocket) -> None:
        """Keeps the websocket, which is open now, and starts the timeout."""
        # Its packets may have come already, behind the request; or the session was closed meanwhile.
        self._socket = socket
        if self._failed:
            socket.close()
        elif not self._upgraded:
            self._timer = asyncio.get_running_loop().call_later(UPGRADE_TIMEOUT, self.fail)

    def fail(self) -> None:
        """Gives the upgrade up and closes the websocket, unless it is done."""
        if self._upgraded or self._failed:
            return
        self._failed = True
        self._stop_timer()
        if self._socket is not None:
            self._socket.close()
        self._session.upgrade_failed()

    def websocket_message(self, socket: WebSocket, data: str | bytes) -> None:
        """Handles the next packet of the upgrade."""
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

    def websocket_filled(self, socket: WebSocket) -> None:
        """Does nothing: what it may send meanwhile is little."""

    def websocket_lost(self, socket: WebSocket, reason: str) -> None:
        """Gives the upgrade up."""
        self.fail()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
