"""The rooms of each namespace, and emitting to them.

It is the library's manager without its costs for each recipient and each process. Packets that a connect
handler emits to its own socket follow the CONNECT packet; the library sends them before it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import socketio
from socketio import packet

from bitworks.realtime.engine.frame import Frame
from bitworks.realtime.engine.packets import encode


class Rooms(socketio.AsyncManager):  # type: ignore[misc]  # python-socketio ships no types
    """Drop-in for socketio.AsyncManager: no task for each recipient, no search through all rooms to leave.

    `rooms`, `callbacks` and the methods keep the library's shapes, so its documentation holds.
    """

    def __init__(self) -> None:
        super().__init__()
        # By (namespace, sid): the rooms of a socket, in the order of entering; None is the whole namespace.
        self._rooms_of: dict[tuple[str, str], dict[Any, None]] = {}
        # Sockets whose CONNECT is not sent yet, with the frames that must follow it.
        self._connecting: dict[tuple[str, str], list[Frame]] = {}
        self._disconnecting: set[tuple[str, str]] = set()

    # -- membership -----------------------------------------------------------------------------------------

    async def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        """Adds a socket that is about to connect, and returns its sid; None: it is connected already."""
        if self.sid_from_eio_sid(eio_sid, namespace) is not None:
            return None
        sid: str = self.server.eio.generate_id()
        self.basic_enter_room(sid, namespace, None, eio_sid=eio_sid)
        self.basic_enter_room(sid, namespace, sid, eio_sid=eio_sid)
        self._connecting[namespace, sid] = []
        return sid

    async def connect(self, sid: str, namespace: str) -> str | None:
        """Connects a socket whose CONNECT was sent, and sends the frames that were held. Returns its sid."""
        if (namespace, sid) not in self._connecting:
            connected = await self.pre_connect(sid, namespace)
            if connected is None:
                return None
            sid = connected
        held = self._connecting.pop((namespace, sid), [])
        self._send(self.eio_sid_from_sid(sid, namespace), held)
        return sid

    def is_pre_connected(self, sid: str, namespace: str) -> bool:
        """Returns whether the CONNECT of the socket is still to be sent."""
        return (namespace, sid) in self._connecting

    def is_connected(self, sid: str, namespace: str) -> bool:
        """Returns whether the socket is connected, and not about to disconnect."""
        key = (namespace, sid)
        return key in self._rooms_of and key not in self._connecting and key not in self._disconnecting

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        """Marks the socket as disconnecting, and returns the id of its Engine.IO session."""
        self._disconnecting.add((namespace, sid))
        eio_sid: str | None = self.eio_sid_from_sid(sid, namespace)
        return eio_sid

    def basic_disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        """Removes the socket, with its rooms and the callbacks that it would still have called."""
        for room in list(self._rooms_of.get((namespace, sid), ())):
            self.basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        self._connecting.pop((namespace, sid), None)
        self._disconnecting.discard((namespace, sid))

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: str | None = None) -> None:
        """Adds the socket to a room."""
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        self._rooms_of.setdefault((namespace, sid), {})[room] = None

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        """Removes the socket from a room."""
        super().basic_leave_room(sid, namespace, room)
        entered = self._rooms_of.get((namespace, sid))
        if entered is not None:
            entered.pop(room, None)
            if not entered:
                del self._rooms_of[namespace, sid]

    def get_rooms(self, sid: str, namespace: str) -> list[Any]:
        """Returns the rooms of the socket, its own included."""
        return [room for room in self._rooms_of.get((namespace, sid), ()) if room is not None]

    # -- emitting -------------------------------------------------------------------------------------------

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: str | list[str] | None = None,
        callback: Any = None,
        to: Any = None,
        **kwargs: Any,
    ) -> None:
        """Encodes the event once and hands it to each recipient before it returns; it awaits nothing.

        With a callback the packet has an id for each recipient, so it is encoded for each.
        """
        room = to or room
        arguments = [event, *_arguments(data)]
        recipients = list(self._recipients(namespace, room, skip_sid))
        if callback is not None:
            for recipient in recipients:
                ack = self._generate_ack_id(recipient[0], callback)
                self._deliver([recipient], self._event(namespace, arguments, ack))
        elif recipients:
            self._deliver(recipients, self._event(namespace, arguments, None))

    def _event(self, namespace: str, arguments: list[Any], ack: int | None) -> packet.Packet:
        return self.server.packet_class(packet.EVENT, namespace=namespace, data=arguments, id=ack)

    def _deliver(self, recipients: Iterable[tuple[str, str]], pkt: packet.Packet) -> None:
        frames = encode(pkt)
        for sid, eio_sid in recipients:
            held = self._connecting.get((pkt.namespace, sid))
            if held is None:
                self._send(eio_sid, frames)
            else:
                held.extend(frames)

    def _send(self, eio_sid: str, frames: Iterable[Frame]) -> None:
        connection = self.server.eio.connections.get(eio_sid)
        if connection is not None:
            for frame in frames:
                connection.send(frame)

    def _recipients(
        self, namespace: str, room: Any, skip: str | list[str] | None
    ) -> Iterator[tuple[str, str]]:
        """Yields (sid, eio_sid) of each recipient. A socket whose CONNECT is still to be sent is one only if
        `room` is its own sid.
        """
        skipped = set(skip) if isinstance(skip, (list, tuple, set)) else {skip}
        for sid, eio_sid in self.get_participants(namespace, room):
            if sid not in skipped and (sid == room or (namespace, sid) not in self._connecting):
                yield sid, eio_sid


def _arguments(data: Any) -> list[Any]:
    """Returns the arguments of an event: a tuple is several, None is none, as in the library."""
    if isinstance(data, tuple):
        return list(data)
    return [] if data is None else [data]
