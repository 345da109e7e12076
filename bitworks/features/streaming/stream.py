"""One streaming message that this process owns."""

import asyncio
import time
from dataclasses import dataclass, field

from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming.text_buffer import TextBuffer

StreamKey = tuple[UserId, MessageId]


@dataclass(slots=True, eq=False)
class Stream:
    """A message owned under a fence. Hold `lock` while it is appended to or ended.

    lease: seconds after a write for which no other instance takes it over.
    last_call: the id of the last owner call that added text; None for none.
    gone: it has ended, or another instance owns it; this stays so.
    unsure: PostgreSQL did not answer to the last write.
    confirmed_at: when the last write under our fence began, in seconds of the monotonic clock: until the lease is over
        no other instance can own it.
    last_heartbeat: the last that was written or is about to be, in seconds of the monotonic clock.
    settled: set after each write, whether it succeeded or not.
    """

    user_id: UserId
    id: MessageId
    fence: int
    text: TextBuffer
    lease: float
    last_call: str | None = None
    gone: bool = False
    unsure: bool = False
    confirmed_at: float = field(default_factory=time.monotonic)
    last_heartbeat: float = field(default_factory=time.monotonic)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def leased(self) -> bool:
        """Whether this process surely owns it for long enough to write text that is accepted now."""
        return time.monotonic() - self.confirmed_at < self.lease / 2

    @property
    def write_at_once(self) -> bool:
        """Whether the next text need not wait for more: it is the first, or ownership must be proved by a write."""
        return self.text.shown == self.text.end == self.text.durable or not self.leased

    @property
    def key(self) -> StreamKey:
        """The key in `OpenStreams`."""
        return self.user_id, self.id
