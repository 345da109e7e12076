"""Publishing that waits for nothing but the broker's confirmation.

aio-pika's own way holds the channel until a message is written, so that one waits for the other. aiormq's, below it,
takes a lock, a timer and two contexts for each message, and has no more than ten wait to be written.
"""

import asyncio
from collections import deque

from aiormq import Channel
from aiormq.abc import ChannelFrame
from aiormq.exceptions import ChannelInvalidStateError

from bitworks.amqp.messages import Address, BrokerMessage, frames

WRITE_BYTES = 256 * 1024
"""Bytes after which a write takes no further message: how long each may hold the loop."""


class ConfirmedPublishing:
    """Publishes on one channel, which confirms, and raises what is returned. Nobody else publishes on it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        # What waits to be written, in the order of its numbers.
        self._frames: deque[bytes] = deque()
        self._writing = False

    async def confirmed(self, to: Address, message: BrokerMessage) -> None:
        """Returns once the broker has confirmed the message. Raises what aiormq does.

        Cancelling it leaves open whether the message was taken.
        """
        channel = self._channel
        if channel.is_closed:
            raise ChannelInvalidStateError(f"{channel!r} closed")
        self._frames.append(frames(channel.number, to, message, channel.max_content_size))
        channel.delivery_tag += 1
        confirmation = channel.confirmations[channel.delivery_tag] = channel.create_future()
        if to.mandatory:
            _name(channel, message.id, confirmation)
        if not self._writing:
            self._writing = True
            channel.create_task(self._write())
        await confirmation

    async def _write(self) -> None:
        """Writes what waits. There is one of it: of two that wait for room the second could be the first."""
        try:
            while self._frames:
                await self._channel.write_queue.put(ChannelFrame(self._next_write(), should_close=False))
        finally:
            self._writing = False

    def _next_write(self) -> bytes:
        """Takes what was published in one turn of the loop, as far as one write goes."""
        taken = [self._frames.popleft()]
        size = len(taken[0])
        while self._frames and size + len(self._frames[0]) <= WRITE_BYTES:
            taken.append(self._frames.popleft())
            size += len(taken[-1])
        return b"".join(taken)


def _name(channel: Channel, message_id: str, confirmation: "asyncio.Future[object]") -> None:
    """Has a message that is returned, which the broker calls by its id, found until it is confirmed."""
    tag = channel.message_id_delivery_tag[message_id] = channel.delivery_tag

    def forget(_: object) -> None:
        if channel.message_id_delivery_tag.get(message_id) == tag:
            del channel.message_id_delivery_tag[message_id]

    confirmation.add_done_callback(forget)
