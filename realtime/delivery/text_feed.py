"""The text of a user's streaming messages on this instance: pushed to the devices as it grows, repaired where there is
a gap, and sent whole to a device before it goes live.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping

from bitworks.core.errors import DomainError, Unavailable
from bitworks.core.ids import MessageId, UserId
from bitworks.core.text import Piece
from bitworks.fanout.notices import Ended, Grown, Opened
from bitworks.features.streaming.store import StreamStore
from bitworks.realtime.delivery.device import Device
from bitworks.realtime.delivery.emit import emit
from bitworks.realtime.delivery.limits import DeliveryLimits
from bitworks.realtime.delivery.packets import delta_packet
from bitworks.realtime.delivery.stream_positions import StreamPositions

PushPacket = Callable[[bytes, list[Device]], None]
StartTask = Callable[[Coroutine[None, None, None]], None]


class TextFeed:
    """The text of one feed. Every method must be called in the event loop.

    `devices` are the feed's. `push` sends a packet to the given devices; `start_task` runs a coroutine, which is
    cancelled when the feed is closed.
    """

    def __init__(
        self,
        store: StreamStore,
        limits: DeliveryLimits,
        user_id: UserId,
        devices: Mapping[str, Device],
        push: PushPacket,
        start_task: StartTask,
    ) -> None:
        self._store = store
        self._limits = limits
        self._user_id = user_id
        self._devices = devices
        self._push = push
        self._start_task = start_task
        self._positions = StreamPositions()
        self._repairing = False

    def begin(self, open_messages: Iterable[MessageId]) -> None:
        """Begins with the messages that stream at the head of the feed."""
        self._positions = StreamPositions(open_messages)

    def close(self) -> None:
        """Drops the references to the feed: without a cycle, both are freed without the garbage collector."""
        self._push, self._start_task = _push_nothing, _start_nothing

    @property
    def watched(self) -> frozenset[MessageId] | None:
        """The messages that stream as far as is known here; None if there are none to compare."""
        return frozenset(self._positions.ends) if self._positions else None

    # Text that grows

    def changed(self, change: Opened | Ended | None, receivers: Iterable[Device]) -> None:
        """Notes the beginning or end of a message, whose change was sent to these devices."""
        match change:
            case Opened(id_, length):
                self._positions.opened(id_, length)
                for device in receivers:
                    device.delivery.sent_text(id_, length)
                for device in self._devices.values():
                    # It was sent the message while it caught up, before this feed knew of it; or a change of its
                    # metadata, which was overtaken by text that is written since.
                    if device.delivery.state == "live" and self._lacks_text(device, id_):
                        self._start_task(self._send_late(device, id_))
                self._repair_if_needed(0)
            case Ended(id_):
                self._ended(id_)

    def grown(self, notice: Grown) -> None:
        """Pushes text that a message grew by; without a packet, reads it from PostgreSQL."""
        if notice.packet is None:
            self._positions.note_length(notice.message_id, notice.end)
            self._repair_if_needed(0)
        else:
            self._show(notice.message_id, notice.start, notice.end, notice.packet)
            self._repair_if_needed(self._limits.filler_timeout)

    def compare(self, watched: frozenset[MessageId], lengths: Mapping[MessageId, int]) -> None:
        """Compares the watched messages with their lengths in PostgreSQL, in UTF-16 code units.

        A watched message that has no length there has ended.
        """
        for id_ in watched:
            if id_ in lengths:
                self._positions.note_length(id_, lengths[id_])
            else:
                self._ended(id_)
        self._positions.drop_early(lengths)
        self._repair_if_needed(self._limits.filler_timeout)

    def _ended(self, id_: MessageId) -> None:
        self._positions.ended(id_)
        for device in self._devices.values():
            device.delivery.ended(id_)

    def _show(self, id_: MessageId, start: int, end: int, packet: bytes) -> None:
        if self._positions.receive(id_, start, end):
            self._push(
                packet, [d for d in self._devices.values() if d.delivery.accepts_text(id_, start, end)]
            )

    # Gap repair

    def _repair_if_needed(self, timeout: float) -> None:
        if self._positions.missing and not self._repairing:
            self._repairing = True
            self._start_task(self._repair(timeout))

    async def _repair(self, delay: float) -> None:
        """Reads the missing text from PostgreSQL, one query at a time, until there is no gap."""
        try:
            await asyncio.sleep(delay)
            while missing := self._positions.missing:
                pieces = await self._store.texts(self._user_id, missing)
                for id_ in missing:
                    self._read(id_, pieces.get(id_))
        except Unavailable:
            return  # PostgreSQL is away: the next reconciliation tries again
        finally:
            self._repairing = False

    def _read(self, id_: MessageId, piece: Piece | None) -> None:
        """Shows a piece that was read; None if the message has ended, whose change comes by itself."""
        if piece is None:
            self._ended(id_)
            return
        packet = delta_packet(self._user_id, id_, piece.start, piece.text)
        self._show(id_, piece.start, piece.end, packet)
        if self._positions.missing.get(id_, -1) >= piece.end:
            self._positions.truncate_to(id_, piece.end)

    # Devices

    def unsent(self, device: Device) -> MessageId | None:
        """A message of which a device that catches up lacks text that live devices were shown; None for none."""
        return next((id_ for id_ in self._positions.ends if self._lacks_text(device, id_)), None)

    def _lacks_text(self, device: Device, id_: MessageId) -> bool:
        sent = device.delivery.text_sent(id_)
        return sent is None or sent < self._positions.ends[id_]

    async def send(self, device: Device, id_: MessageId) -> None:
        """Sends a device that catches up the text that it lacks of this message: at first all of it, in one piece."""
        sent = device.delivery.text_sent(id_) or 0
        piece = await self._so_far(id_, sent)
        if piece is None:
            self._ended(id_)
        elif not device.connection.closed:
            emit(delta_packet(self._user_id, id_, piece.start, piece.text), [device])
            device.delivery.sent_text(id_, piece.end)

    async def _send_late(self, device: Device, id_: MessageId) -> None:
        try:
            await self.send(device, id_)
        except DomainError:
            # PostgreSQL is away: the client reconnects, and catches up.
            device.connection.close("cannot catch up")

    async def _so_far(self, id_: MessageId, known: int) -> Piece | None:
        """The text from about `known` on, as far as live devices were shown it; None once the message has ended."""
        piece = await self._piece(id_, known)
        while piece is not None and piece.end < self._positions.ends.get(id_, 0):
            more = await self._piece(id_, piece.end)
            if more is None:
                return None
            if more.end <= piece.end:
                self._positions.truncate_to(id_, piece.end)
            piece = piece.then(more)
        return piece

    async def _piece(self, id_: MessageId, known: int) -> Piece | None:
        return (await self._store.texts(self._user_id, {id_: known})).get(id_)


def _push_nothing(packet: bytes, receivers: list[Device]) -> None:
    """Stands for `push` in a closed feed."""


def _start_nothing(work: Coroutine[None, None, None]) -> None:
    """Stands for `start_task` in a closed feed."""
    work.close()
