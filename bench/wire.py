"""Socket.IO over a websocket, from TCP up, as cheaply as Python can: the client must not be what is measured.

Packets are built beforehand and masked with zeroes, which RFC 6455 allows and which costs nothing to apply;
what arrives is looked at only as far as the measurement needs.
"""

import asyncio
import struct
from dataclasses import dataclass
from typing import Protocol, cast

PING, OPEN, MESSAGE = b"203"[0], b"203"[1], b"4"[0]
PONG_PACKET = b"3"
CONNECT, EVENT, ACK = b"023"
MASKED = 0x80


@dataclass(frozen=True, slots=True)
class Account:
    """A user with a conversation, and a token that every contender accepts."""

    id: str
    token: str
    conversation: str


class Owner(Protocol):
    """Who is told what arrives. `data[start:end]` is the packet, its Engine.IO digit included."""

    def live(self, device: "Device") -> None: ...

    def acknowledged(self, device: "Device") -> None: ...

    def received(self, device: "Device", data: bytes, start: int, end: int) -> None: ...

    def lost(self, device: "Device") -> None: ...


def frame(payload: bytes) -> bytes:
    """A text frame as a client sends it, with a mask of zeroes."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x81, MASKED | size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x81, MASKED | 126, size)
    else:
        head = struct.pack("!BBQ", 0x81, MASKED | 127, size)
    return head + bytes(4) + payload


UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Device(asyncio.Protocol):
    """`place` is what goes before an event's JSON: the namespace and its comma. It is live when its CONNECT
    was answered and, where the server says so (`syncs`), it has been sent what it missed.
    """

    __slots__ = ("_auth", "_owner", "_syncs", "_tail", "_upgraded", "is_live", "number", "place", "sent",
                 "transport", "user")  # fmt: skip

    def __init__(self, owner: Owner, user: Account, number: int, *, syncs: bool, since: str | None = None):
        self.user = user
        self.number = number
        self.place = f"/users/{user.id}," if syncs else ""
        self.is_live = False
        self.sent = 0.0
        self._owner = owner
        self._syncs = syncs
        self._auth = f'{{"token":"{user.token}"' + (f',"since":"{since}"}}' if since else "}")
        self._tail = b""
        self._upgraded = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        transport.write(UPGRADE)

    def connection_lost(self, exc: Exception | None) -> None:
        self._owner.lost(self)

    def data_received(self, data: bytes) -> None:
        if self._tail:
            data = self._tail + data
        at = 0 if self._upgraded else self._upgrade(data)
        size = len(data)
        while at + 2 <= size:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if start + length > size:
                break
            at = start + length
            self._packet(data, start, at)
        self._tail = data[at:] if at < size else b""

    def _upgrade(self, data: bytes) -> int:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        if not data.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(data[:60].decode(errors="replace"))
        self._upgraded = True
        return end + 4

    def _packet(self, data: bytes, start: int, end: int) -> None:
        kind = data[start]
        if kind == MESSAGE:
            self._message(data, start, end)
        elif kind == PING:
            self.transport.write(frame(PONG_PACKET))
        elif kind == OPEN:
            self.transport.write(frame(f"40{self.place}{self._auth}".encode()))

    def _message(self, data: bytes, start: int, end: int) -> None:
        kind = data[start + 1]
        if kind == ACK:
            self._owner.acknowledged(self)
        elif kind == EVENT:
            self._owner.received(self, data, start, end)
            if not self.is_live and data.find(b'["synced"', start, start + 80) >= 0:
                self._live()
        elif kind == CONNECT:
            if not self._syncs:
                self._live()
        else:
            raise ConnectionError(data[start:end].decode())

    def _live(self) -> None:
        self.is_live = True
        self._owner.live(self)
