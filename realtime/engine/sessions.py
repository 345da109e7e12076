"""The sessions of an Engine.IO server: how they begin, are counted, are sent to, and end."""

import asyncio
import inspect
import json
import logging
from collections.abc import Callable, Collection, Hashable, Mapping
from types import MappingProxyType
from typing import Any

import engineio

from bitworks.realtime.engine.connection import Connection
from bitworks.realtime.engine.errors import CloseTransport, Forbidden, TooManySessions
from bitworks.realtime.engine.flush import FlushBatch
from bitworks.realtime.engine.frame import Frame
from bitworks.realtime.engine.inflow import Places
from bitworks.realtime.engine.origins import Environ
from bitworks.realtime.engine.receive_queue import MessageData
from bitworks.realtime.engine.unproved import CountedAs, Unproved
from bitworks.realtime.engine.websocket import WebSocket

log = logging.getLogger("socketio.engine")

FLUSH_TIMEOUT = 1.0
"""Seconds that clients have to read what was sent to them when the server shuts down; others would wait for them."""
SHUTDOWN_TIMEOUT = 10.0
"""Seconds to wait for disconnect handlers when the server shuts down."""


class SessionServer(engineio.AsyncServer):  # type: ignore[misc]  # engineio ships no types
    """engineio.AsyncServer with sessions of our own; constructor, events and send() stay. `EngineServer` opens them.

    `send_limit`: bytes buffered towards a client above which its next message is not handled yet.
    `accepting`: whether new sessions are opened; while False they get 503, and open ones go on.
    `new_session_id`: makes the ids of sessions; they must be unique, and no client may guess them.
    `environ_keys`: what of the handshake's environ handlers get, and the session keeps; None: all of it.
    `owner_of`, `large_per_owner`: who owns a session that was proved, and for how many sessions of one owner more than
    LARGE bytes of the client may be kept; None: any number.

    Sessions are unproved until `prove` is called, and again from `distrust` on:
    `unproved_limit`: bytes of a packet or a request of an unproved session; None: there are none.
    `unproved_per_address`, `unproved_total`: unproved sessions that may be open; None: any number.
    """

    def __init__(
        self,
        *args: Any,
        send_limit: int = 1 << 20,
        new_session_id: Callable[[], str] | None = None,
        environ_keys: Collection[str] | None = None,
        unproved_limit: int | None = None,
        unproved_per_address: int | None = None,
        unproved_total: int | None = None,
        owner_of: Callable[[Connection], Hashable] = id,
        large_per_owner: int | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["async_mode"] = "aiohttp"
        kwargs["monitor_clients"] = False
        kwargs["logger"] = _logger(kwargs.get("logger"))
        super().__init__(*args, **kwargs)
        self.accepting = True
        self._send_limit = send_limit
        self._new_session_id = new_session_id or self.generate_id
        self._environ_keys = environ_keys
        self._unproved_limit = unproved_limit
        self._unproved = Unproved(unproved_per_address, unproved_total)
        self._owner_of = owner_of
        self._places = Places(large_per_owner)
        self._live: dict[str, Connection] = {}
        # What still runs for closed sessions.
        self._tasks: dict[asyncio.Task[None], Connection] = {}
        self._flush_batch = FlushBatch()

    @property
    def connections(self) -> Mapping[str, Connection]:
        """The open connections by session id, as a live view.

        `sockets`, the library's map, keeps a closed one until its disconnect handler has ended.
        """
        return MappingProxyType(self._live)

    async def shutdown(self) -> None:
        """Refuses new sessions and closes the open ones.

        Returns when their disconnect handlers have ended and the kernel has taken all packets, which are cut off after
        FLUSH_TIMEOUT; or after SHUTDOWN_TIMEOUT.
        """
        self.accepting = False
        for connection in list(self._live.values()):
            connection.close("server shuts down")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=FLUSH_TIMEOUT)
        for connection in self._tasks.values():
            if connection.buffered:
                connection.abort()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=SHUTDOWN_TIMEOUT)

    def prove(self, connection: Connection) -> None:
        """Lifts the bounds of an unproved session: somebody vouches for its client."""
        self._unproved.proved(connection)
        connection.prove(self.max_http_buffer_size, self._owner_of(connection))

    def distrust(self, connection: Connection) -> None:
        """Sets the bounds of an unproved session again: nobody vouches for its client any more.

        Closes it if its address has no place left for one more.
        """
        if self._unproved_limit is None or connection in self._unproved:
            return
        connection.distrust(self._first_limit)
        try:
            self._unproved.again(connection)
        except TooManySessions as refusal:
            connection.close(refusal.message)

    # -- beginning and ending ------------------------------------------------------------------------------

    def _kept(self, environ: Environ) -> Environ:
        """The part of the environ that a session keeps."""
        if self._environ_keys is None:
            return environ
        return {key: environ[key] for key in self._environ_keys if key in environ}

    @property
    def _first_limit(self) -> int:
        """Bytes of a packet or a request of a session that begins."""
        most: int = self.max_http_buffer_size
        return min(self._unproved_limit or most, most)

    def _new_connection(self, environ: Environ, counted_as: CountedAs) -> Connection:
        connection = Connection(
            self._new_session_id(),
            environ,
            send_limit=self._send_limit,
            receive_limit=self._first_limit,
            places=self._places,
            on_message=self._message,
            on_close=self._closed,
        )
        if self._unproved_limit is None:
            self.prove(connection)
        else:
            self._unproved.add(connection, counted_as)
        self._live[connection.id] = self.sockets[connection.id] = connection
        return connection

    async def _admit(self, environ: Environ, counted_as: CountedAs) -> Connection:
        """Makes a session and asks the `connect` handler. Raises Forbidden if that refuses."""
        environ = self._kept(environ)
        connection = self._new_connection(environ, counted_as)
        try:
            accepted = await self._trigger_event("connect", connection.id, environ, run_async=False)
        except BaseException:
            self._forget(connection)
            raise
        if accepted is not None and accepted is not True:
            self._forget(connection)
            raise Forbidden(accepted if isinstance(accepted, str) else None)
        return connection

    def _start(self, connection: Connection, upgrades: list[str], socket: WebSocket | None = None) -> None:
        """Opens the session with the OPEN packet, whose times are in milliseconds."""
        announced = {
            "sid": connection.id,
            "upgrades": upgrades,
            "pingInterval": round((self.ping_interval + self.ping_interval_grace_period) * 1000),
            "pingTimeout": round(self.ping_timeout * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        packet = b"0" + json.dumps(announced, separators=(",", ":")).encode()
        connection.open(Frame.engine(packet), self.ping_interval, self.ping_timeout, socket)

    async def _message(self, connection: Connection, message: MessageData) -> None:
        handler = self.handlers.get("message")
        if handler is not None:
            outcome = handler(connection.id, message)
            if inspect.isawaitable(outcome):
                await outcome

    def _closed(self, connection: Connection, reason: str) -> None:
        """Removes a closed session, and runs its disconnect handler in a task."""
        self._unproved.ended(connection)
        self._live.pop(connection.id, None)
        task = asyncio.get_running_loop().create_task(self._disconnected(connection, reason))
        self._tasks[task] = connection
        task.add_done_callback(self._tasks.pop)

    async def _disconnected(self, connection: Connection, reason: str) -> None:
        try:
            await self._trigger_event("disconnect", connection.id, reason, run_async=False)
        except CloseTransport:
            pass
        finally:
            self.sockets.pop(connection.id, None)
        await connection.flushed()

    def _forget(self, connection: Connection) -> None:
        """Removes a session that was refused: it has no disconnect handler."""
        self._unproved.ended(connection)
        connection.closed = True
        self._live.pop(connection.id, None)
        self.sockets.pop(connection.id, None)

    def _get_socket(self, sid: str) -> Connection:
        connection: Connection = self.sockets[sid]
        return connection

    # -- sending, as the library does -----------------------------------------------------------------------

    async def send(self, sid: str, data: Any) -> None:
        """Sends a message: text, bytes, or a list or dict as JSON. Does nothing if the session is closed."""
        if isinstance(data, (dict, list)):
            data = json.dumps(data, separators=(",", ":"))
        if (connection := self._live.get(sid)) is not None:
            connection.send(Frame.encoded(data))

    async def send_packet(self, sid: str, pkt: Any) -> None:
        """Sends a packet of the library. Does nothing if the session is closed."""
        if (connection := self._live.get(sid)) is not None:
            encoded = pkt.encode()
            connection.send(
                Frame.encoded(encoded) if isinstance(encoded, bytes) else Frame.engine(encoded.encode())
            )

    async def disconnect(self, sid: str | None = None) -> None:
        """Closes one session, or all of them."""
        for connection in list(self._live.values()) if sid is None else [self._live.get(sid)]:
            if connection is not None:
                connection.close(self.reason.SERVER_DISCONNECT)


def _logger(given: Any) -> Any:
    """Returns the logger to give to the library: one that the application made, or ours instead of a bool."""
    # For a bool the library would add handlers to loggers of its own.
    return log if given is None or isinstance(given, bool) else given
