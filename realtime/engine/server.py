"""The Socket.IO server: joining and leaving namespaces, dispatching events and acknowledgements."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import socketio
from socketio import exceptions, packet

from bitworks.realtime.engine import packets
from bitworks.realtime.engine.client import Client
from bitworks.realtime.engine.connection import Connection
from bitworks.realtime.engine.errors import CloseTransport, PacketError
from bitworks.realtime.engine.handshake import EngineServer
from bitworks.realtime.engine.packets import Packet
from bitworks.realtime.engine.receive_queue import MessageData
from bitworks.realtime.engine.rooms import Rooms

log = logging.getLogger("socketio.engine")

CONNECT_LIMIT = 16 * 1024
"""Bytes of a packet or a request of a client that has joined no namespace yet; more close the transport."""
REFUSALS = 3
"""CONNECTs of one transport that are refused before it is closed; one that is accepted begins the count anew."""


class AsyncServer(socketio.AsyncServer):  # type: ignore[misc]  # python-socketio ships no types
    """socketio.AsyncServer for aiohttp, conforming to Engine.IO v4 and Socket.IO v5. Beyond the library's:

    connect_timeout: seconds after which a transport that joined no namespace, or left its last one, is closed.
    json: as the library's, but for this server alone.
    send_limit: bytes buffered towards a client above which its packets are left unhandled until it has read.
    new_session_id: returns the id of a new Engine.IO session.
    unknown_session: answers a request whose session id is not one of this server's.
    attachment_limit: bytes of the attachments of one packet; None: those of a packet.
    unproved_limit: bytes of a packet or a request of a client that has joined no namespace.
    on_connected: called with (sid, namespace) right after a CONNECT packet was queued, before any other
    packet is sent to or handled from that socket. It must not raise.

    A connect handler may return a dict, which is merged into the CONNECT payload, or raise CloseTransport.
    Each connect handler that accepts a socket is followed by exactly one disconnect handler, even if the
    transport closes while it runs (then on_connected is not called). With async_handlers=False the events of
    a connection are handled one after the other in the order sent; those that have not begun when it closes
    are dropped.
    """

    def __init__(
        self,
        client_manager: Any = None,
        logger: Any = False,
        json: Any = None,
        *args: Any,
        connect_timeout: float = 45.0,
        send_limit: int = 1 << 20,
        attachment_limit: int | None = None,
        **kwargs: Any,  # of the library and of EngineServer
    ) -> None:
        logger = log if isinstance(logger, bool) else logger
        kwargs.setdefault("unproved_limit", CONNECT_LIMIT)
        super().__init__(client_manager or Rooms(), logger, None, *args, send_limit=send_limit, **kwargs)
        if json is not None:
            # The library would set it on its Packet class, for every server and client in the process.
            self.packet_class: Any = type("Packet", (self.packet_class,), {"json": json})
        self.on_connected: Callable[[str, str], None] | None = None
        self._connect_timeout = connect_timeout
        most: int = self.eio.max_http_buffer_size
        self._attachment_limit = most if attachment_limit is None else attachment_limit
        self._clients: dict[str, Client] = {}
        self._running: set[asyncio.Task[None]] = set()

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    @property
    def connections(self) -> Mapping[str, Connection]:
        """A live view: Engine.IO session id to connection."""
        engine: EngineServer = self.eio
        return engine.connections

    @property
    def accepting(self) -> bool:
        """Whether new sessions are opened. While False they get 503, and open ones go on."""
        engine: EngineServer = self.eio
        return engine.accepting

    @accepting.setter
    def accepting(self, accepting: bool) -> None:
        self.eio.accepting = accepting

    def connection(self, sid: str, namespace: str | None = None) -> Connection:
        """Returns the connection behind a socket. Raises KeyError if it is closed."""
        return self.connections[self.manager.eio_sid_from_sid(sid, namespace or "/")]

    # -- the connection's life ------------------------------------------------------------------------------

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        client = Client(self.connections[eio_sid])
        self._clients[eio_sid] = client
        self._await_join(client)

    def _await_join(self, client: Client) -> None:
        """Closes the transport unless it joins a namespace in time."""
        client.deadline = asyncio.get_running_loop().call_later(
            self._connect_timeout, client.connection.close, "connect timeout"
        )

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        client = self._clients[eio_sid]
        if client.deadline is not None:
            client.deadline.cancel()
        if client.joining is not None:
            # A connect handler still runs: the disconnect handler of a socket that it accepts must follow it.
            await client.joining
        left = client.namespaces_left()
        try:
            for namespace in list(client.namespaces):
                await self._leave(
                    client, namespace, self.reason.CLIENT_DISCONNECT if namespace in left else reason
                )
        finally:
            del self._clients[eio_sid]
            self.environ.pop(eio_sid, None)

    async def _handle_eio_message(self, eio_sid: str, data: MessageData) -> None:
        client = self._clients.get(eio_sid)
        if client is None:
            return
        if not client.namespaces and not packets.is_connect(data):
            raise PacketError("a CONNECT comes first")
        complete = client.assemble(data, self.packet_class.json.loads, self._attachment_limit)
        if complete is not None:
            await self._dispatch(client, complete)

    async def _dispatch(self, client: Client, received: Packet) -> None:
        eio_sid = client.connection.id
        if received.type == packets.CONNECT:
            await self._handle_connect(eio_sid, received.namespace, received.data)
        elif received.namespace not in client.namespaces:
            raise PacketError("no such namespace on this connection")
        elif received.type == packets.DISCONNECT:
            await self._handle_disconnect(eio_sid, received.namespace, self.reason.CLIENT_DISCONNECT)
        elif received.type in (packets.EVENT, packets.BINARY_EVENT):
            await self._handle_event(eio_sid, received.namespace, received.id, received.data)
        else:
            await self._handle_ack(eio_sid, received.namespace, received.id, received.data)

    # -- namespaces -----------------------------------------------------------------------------------------

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        namespace = namespace or "/"
        client = self._clients[eio_sid]
        if (leaving := client.leaving.get(namespace)) is not None:
            await leaving
        if namespace in client.namespaces:
            return
        sid = await self.manager.pre_connect(eio_sid, namespace) if self._serves(namespace) else None
        if sid is None:
            self._answer_refused(client, packet.CONNECT_ERROR, namespace, {"message": "Invalid namespace"})
            return
        client.namespaces[namespace] = sid
        client.joining = asyncio.get_running_loop().create_future()
        try:
            await self._join(client, namespace, sid, data)
        finally:
            client.joining.set_result(None)
            client.joining = None

    def _serves(self, namespace: str) -> bool:
        return (
            namespace in self.handlers
            or namespace in self.namespace_handlers
            or self.namespaces == "*"
            or namespace in self.namespaces
        )

    async def _join(self, client: Client, namespace: str, sid: str, auth: Any) -> None:
        """Runs the connect handler, and accepts or refuses the socket."""
        if self.always_connect:
            await self._send_connect(client, namespace, sid, {})
        try:
            answer = await self._run_connect_handler(client.connection, namespace, sid, auth)
        except exceptions.ConnectionRefusedError as error:
            await self._refuse(client, namespace, sid, error.error_args)
        except ConnectionRefusedError:
            await self._refuse(client, namespace, sid, {"message": "Connection refused by server"})
        except BaseException as error:
            await self._drop(client, namespace, sid)
            if not isinstance(error, CloseTransport):
                client.connection.close("transport error")
            raise
        else:
            if answer is False:
                await self._refuse(client, namespace, sid, exceptions.ConnectionRefusedError().error_args)
            else:
                await self._accept(client, namespace, sid, answer)

    async def _run_connect_handler(self, connection: Connection, namespace: str, sid: str, auth: Any) -> Any:
        arguments = (namespace, sid, connection.environ)
        if auth:
            return await self._trigger_event("connect", *arguments, auth)
        try:
            return await self._trigger_event("connect", *arguments, None)
        except TypeError as first:
            # As in the library, a handler may be written without the parameter `auth`.
            try:
                return await self._trigger_event("connect", *arguments)
            except TypeError:
                raise first from None

    async def _accept(self, client: Client, namespace: str, sid: str, answer: Any) -> None:
        if client.connection.closed:
            # Connected for a moment, so that `_handle_eio_disconnect`, which waits, runs the disconnect
            # handler.
            await self.manager.connect(sid, namespace)
            return
        client.refusals = 0
        self.eio.prove(client.connection)
        if not self.always_connect:
            await self._send_connect(client, namespace, sid, answer if isinstance(answer, dict) else {})

    async def _send_connect(self, client: Client, namespace: str, sid: str, answer: dict[str, Any]) -> None:
        self._send(client, packet.CONNECT, namespace, {"sid": sid, **answer})
        if client.deadline is not None:
            client.deadline.cancel()
            client.deadline = None
        await self.manager.connect(sid, namespace)
        if self.on_connected is not None:
            self.on_connected(sid, namespace)

    async def _refuse(self, client: Client, namespace: str, sid: str, why: dict[str, Any]) -> None:
        kind = packet.DISCONNECT if self.always_connect else packet.CONNECT_ERROR
        await self._drop(client, namespace, sid)
        self._answer_refused(client, kind, namespace, None if self.always_connect else why)

    def _answer_refused(self, client: Client, kind: int, namespace: str, why: Any) -> None:
        """Tells a client that its CONNECT is refused, and closes the transport of one that is not put off by it."""
        self._send(client, kind, namespace, why)
        client.refusals += 1
        if client.refusals >= REFUSALS:
            client.connection.close("refused too often")

    async def _drop(self, client: Client, namespace: str, sid: str) -> None:
        client.namespaces.pop(namespace, None)
        await self.manager.disconnect(sid, namespace, ignore_queue=True)
        self._bound_again(client)

    def _bound_again(self, client: Client) -> None:
        """Gives a client that has left its last namespace the bounds and the time of one that has just come.

        Its socket is counted as nobody's any more; else one user could leave behind any number of transports.
        """
        if client.namespaces or client.deadline is not None or client.connection.closed:
            return
        self._await_join(client)
        self.eio.distrust(client.connection)

    async def _leave(self, client: Client, namespace: str, reason: str) -> None:
        """Runs the disconnect handler of a socket that was accepted, once, and removes the socket."""
        sid = client.namespaces.get(namespace)
        if sid is None or not self.manager.is_connected(sid, namespace):
            return
        self.manager.pre_disconnect(sid, namespace=namespace)
        try:
            await self._trigger_event("disconnect", namespace, sid, reason)
        except Exception:
            log.exception("disconnect handler failed")
        finally:
            await self._drop(client, namespace, sid)

    async def _handle_disconnect(
        self, eio_sid: str, namespace: str | None, reason: str | None = None
    ) -> None:
        client = self._clients.get(eio_sid)
        if client is not None:
            await self._leave(client, namespace or "/", reason or self.reason.CLIENT_DISCONNECT)

    async def disconnect(self, sid: str, namespace: str | None = None, ignore_queue: bool = False) -> None:
        """Sends DISCONNECT and leaves the namespace; the stock client does not reconnect by itself."""
        namespace = namespace or "/"
        client = self._clients.get(self.manager.eio_sid_from_sid(sid, namespace))
        if client is None or client.namespaces.get(namespace) != sid or namespace in client.leaving:
            await super().disconnect(sid, namespace=namespace, ignore_queue=ignore_queue)
            return
        left = client.leaving[namespace] = asyncio.get_running_loop().create_future()
        try:
            await super().disconnect(sid, namespace=namespace, ignore_queue=ignore_queue)
        finally:
            if not self.manager.is_connected(sid, namespace):
                client.namespaces.pop(namespace, None)
                self._bound_again(client)
            del client.leaving[namespace]
            left.set_result(None)

    # -- events ---------------------------------------------------------------------------------------------

    async def _handle_event(
        self, eio_sid: str, namespace: str | None, id: int | None, data: list[Any]
    ) -> None:
        namespace = namespace or "/"
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace)
        if not self.manager.is_connected(sid, namespace):
            return
        handling = self._handle_event_internal(self, sid, eio_sid, data, namespace, id)
        if self.async_handlers:
            task = asyncio.get_running_loop().create_task(self._run_in_background(eio_sid, handling))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        else:
            await handling

    async def _run_in_background(self, eio_sid: str, handling: Awaitable[None]) -> None:
        try:
            await handling
        except CloseTransport as error:
            if (connection := self.connections.get(eio_sid)) is not None:
                connection.close(error.reason)
        except Exception:
            log.exception("handler failed on connection %s", eio_sid)

    async def _handle_ack(self, eio_sid: str, namespace: str | None, id: int | None, data: list[Any]) -> None:
        sid = self.manager.sid_from_eio_sid(eio_sid, namespace or "/")
        await self.manager.trigger_callback(sid, id, data)

    # -- sending --------------------------------------------------------------------------------------------

    def _send(self, client: Client, kind: int, namespace: str, data: Any) -> None:
        for frame in packets.encode(self.packet_class(kind, data=data, namespace=namespace)):
            client.connection.send(frame)

    async def _send_packet(self, eio_sid: str, pkt: packet.Packet) -> None:
        connection = self.connections.get(eio_sid)
        if connection is not None:
            for frame in packets.encode(pkt):
                connection.send(frame)
