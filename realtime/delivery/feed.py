"""The changes of one user on this instance: put in order, pushed to the user's devices, and repaired where there is a
gap, which is a revision that is known to exist and whose change has not come.
"""

import asyncio
from collections.abc import Coroutine, Iterable

from bitworks.core.changes import Change
from bitworks.core.cursors import Cursor
from bitworks.core.errors import DomainError, Unavailable
from bitworks.core.ids import MessageId, Revision, UserId
from bitworks.fanout.notices import Changed, Signalled
from bitworks.features.streaming.store import StreamStore
from bitworks.features.sync.store import ChangeStore
from bitworks.realtime.delivery.device import Device
from bitworks.realtime.delivery.emit import emit
from bitworks.realtime.delivery.limits import DeliveryLimits
from bitworks.realtime.delivery.packets import change_packet, reset_packet, synced_packet, text_change
from bitworks.realtime.delivery.sequence import RevisionSequence
from bitworks.realtime.delivery.text_feed import TextFeed
from bitworks.tasks import Tasks


class Feed:
    """The feed of one user. Every method must be called in the event loop.

    `devices` are those that joined and have not left, by session id. `sessions_ended` is the count up to which sessions
    that ended were looked for among them.
    """

    def __init__(
        self, changes: ChangeStore, streams: StreamStore, limits: DeliveryLimits, user_id: UserId
    ) -> None:
        self.user_id = user_id
        self.devices: dict[str, Device] = {}
        self.sessions_ended = 0
        self._changes = changes
        self._limits = limits
        self._sequence: RevisionSequence[Changed] | None = None
        self._noted_early = Revision(0)
        self._repairing = False
        self._tasks = Tasks("feed")
        self.text_feed = TextFeed(streams, limits, user_id, self.devices, self._push, self._start_task)

    def begin(self, head: Revision, sessions_ended: int, open_messages: Iterable[MessageId]) -> None:
        """Begins at a head that was read after `Hub.open`. Revisions that were noted before are compared with it.

        Does nothing once the feed has begun.
        """
        if self._sequence is None:
            self.sessions_ended = sessions_ended
            self._sequence = RevisionSequence(head)
            self.text_feed.begin(open_messages)
            self.note_revision(self._noted_early)

    def start_again(self, reason: str) -> None:
        """Forgets the order, which holds no more, and closes all devices: they reconnect and are told to reset."""
        self._sequence = None
        self._noted_early = Revision(0)
        for device in tuple(self.devices.values()):
            device.connection.close(reason)

    def close(self) -> None:
        """Cancels the feed's tasks. The last device has left."""
        self._tasks.cancel()
        self.text_feed.close()

    @property
    def head(self) -> Revision:
        """The greatest revision up to which every change was pushed; 0 before the feed has begun."""
        return self._sequence.head if self._sequence else Revision(0)

    # Changes

    def changed(self, notice: Changed) -> None:
        """Pushes a committed change, and those that waited for it; without a packet, reads it from PostgreSQL."""
        if self._sequence is None or notice.packet is None:
            self.note_revision(notice.revision, 0)
            return
        self._deliver(self._sequence.receive(notice.revision, notice))
        self._repair_if_needed(self._limits.filler_timeout)

    def note_revision(self, revision: Revision, delay: float | None = None) -> None:
        """Notes that a revision exists. If its change does not come within `delay` seconds, it is read from PostgreSQL;
        None: within `filler_timeout`.
        """
        if self._sequence is None:
            self._noted_early = max(self._noted_early, revision)
            return
        self._sequence.note_revision(revision)
        self._repair_if_needed(self._limits.filler_timeout if delay is None else delay)

    def signalled(self, notice: Signalled) -> None:
        """Sends an event without a revision to the devices that keep up, except its sender: others need it no more."""
        emit(
            notice.packet,
            [d for d in self.devices.values() if d.sid != notice.sender_sid and self._keeps_up(d)],
        )

    def _deliver(self, ready: list[tuple[Revision, Changed]]) -> None:
        for revision, change in ready:
            assert change.packet is not None
            receivers = [d for d in self.devices.values() if d.delivery.accepts(revision)]
            self._push(change.packet, receivers)
            self.text_feed.changed(change.text, receivers)

    def _push(self, packet: bytes, receivers: list[Device]) -> None:
        emit(packet, receivers)
        for device in receivers:
            if device.connection.buffered > self._limits.behind:
                device.delivery.fall_behind()
                self._start_task(self._resume_when_drained(device))

    # Gap repair

    def _repair_if_needed(self, delay: float) -> None:
        if self._sequence is not None and self._sequence.has_gap and not self._repairing:
            self._repairing = True
            self._start_task(self._repair(self._sequence, delay))

    async def _repair(self, sequence: RevisionSequence[Changed], delay: float) -> None:
        """Reads the missing changes from PostgreSQL, one query at a time, until there is no gap."""
        try:
            await asyncio.sleep(delay)
            while sequence.has_gap:
                known = sequence.known
                page = await self._changes.since(self.user_id, sequence.head, self._limits.page)
                if sequence is not self._sequence or page.cursor.epoch is None:
                    return
                epoch = page.cursor.epoch
                self._deliver([(c.revision, self._notice(epoch, c)) for c in page.rows])
                if page.cursor.revision > sequence.head:
                    self._deliver(sequence.caught_up(page.cursor.revision))
                elif not page.more and sequence.known == known:
                    # Changes are announced after their commit: the announced revision does not exist.
                    sequence.truncate()
        except Unavailable:
            return  # PostgreSQL is away: the next reconciliation tries again
        finally:
            self._repairing = False

    def _notice(self, epoch: str, change: Change) -> Changed:
        packet = change_packet(self.user_id, epoch, change)
        return Changed(change.revision, packet, text_change(change))

    # Devices

    def join(self, device: Device) -> None:
        """Sends a device `sync:reset` if need be, the changes it missed, `synced`, and then each change as it comes."""
        self.devices[device.sid] = device
        # A session that ended since it was seen alive is found by the next reconciliation.
        self.sessions_ended = min(self.sessions_ended, device.sessions_ended)
        if device.plan.reset is not None:
            emit(reset_packet(self.user_id, device.plan.reset, device.plan.head), [device])
        if not self._finish(device, device.plan.head.revision):
            self._start_task(self._catch_up(device, device.plan.head.revision))

    def leave(self, sid: str) -> None:
        """Stops sending to a device; a task that catches it up ends by itself."""
        self.devices.pop(sid, None)

    async def _resume_when_drained(self, device: Device) -> None:
        await device.connection.drained(self._limits.drained)
        device.delivery.resume()
        await self._catch_up(device, self.head)

    async def _catch_up(self, device: Device, target: Revision) -> None:
        """Sends changes from PostgreSQL, page by page as the socket drains, until none up to `target` is missing."""
        try:
            while self._has(device) and not self._finish(device, target):
                await device.connection.drained(self._limits.drained)
                if not device.delivery.has(max(target, self.head)):
                    await self._send_page(device)
                elif (id_ := self.text_feed.unsent(device)) is not None:
                    await self.text_feed.send(device, id_)
        except DomainError:
            # PostgreSQL is away, or the account is gone: the client reconnects, and the handshake tells it.
            device.connection.close("cannot catch up")
        except Exception:
            device.connection.close("cannot catch up")
            raise

    async def _send_page(self, device: Device) -> None:
        page = await self._changes.since(
            self.user_id, device.delivery.cursor, self._limits.page, device.plan.tombstones_after
        )
        epoch = page.cursor.epoch
        if not self._has(device):
            return
        if epoch is None or epoch != device.plan.head.epoch or page.cursor.revision <= device.delivery.cursor:
            # Another epoch, or a history that went back: its revisions will never reach the target.
            device.connection.close("another history")
            return
        for change in page.rows:
            emit(change_packet(self.user_id, epoch, change), [device])
        device.delivery.sent(page.cursor.revision)

    def _has(self, device: Device) -> bool:
        return self.devices.get(device.sid) is device and not device.connection.closed

    def _finish(self, device: Device, target: Revision) -> bool:
        """Has the device go live and sends it `synced`; false if changes or text are missing."""
        if self.text_feed.unsent(device) is not None:
            return False
        if not device.delivery.try_going_live(max(target, self.head)):
            return False
        cursor = Cursor(device.plan.head.epoch, device.delivery.cursor)
        emit(synced_packet(self.user_id, cursor), [device])
        return True

    def _start_task(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.start(work)

    def _keeps_up(self, device: Device) -> bool:
        return device.delivery.state == "live" and device.connection.buffered <= self._limits.behind
