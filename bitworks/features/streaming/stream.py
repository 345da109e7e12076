"""One streaming message that this process owns."""

import asyncio
import time
from dataclasses import dataclass, field

from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming.text_buffer import TextBuffer

StreamKey = tuple[UserId, MessageId]


@dataclass(slots=True, eq=False)
class Stream:
    """A message owned under a fence. Hold `lock` while it is appended to or ended."""

    user_id: UserId
    """The user of the message."""
    id: MessageId
    """The message."""
    fence: int
    """The fence under which this process owns it."""
    text: TextBuffer
    """The text, as far as it is held here."""
    lease: float
    """Seconds after a write for which no other instance takes it over."""
    confirmed_at: float
    """When the last write under our fence began, in seconds of the monotonic clock: until the lease is over no other
    instance can own it.
    """
    last_call: str | None = None
    """The id of the last owner call that added text; None for none."""
    gone: bool = False
    """Whether it has ended, or another instance owns it; once true, this stays so."""
    unsure: bool = False
    """Whether PostgreSQL did not answer to the last write."""
    apart: bool = False
    """Whether its last write failed by itself: it is tried apart from those of others."""
    last_heartbeat: float = field(default_factory=time.monotonic)
    """The last heartbeat that was written or is about to be, in seconds of the monotonic clock."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while text is added and while the message is ended."""
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set after each write, whether it succeeded or not."""

    @property
    def leased(self) -> bool:
        """Whether this process surely owns it for long enough to write text that is accepted now."""
        return time.monotonic() - self.confirmed_at < self.lease / 2

    @property
    def write_at_once(self) -> bool:
        """Whether the next text need not wait for more: it is the first, or ownership must be proved by a write."""
        return self.text.shown == self.text.end == self.text.durable or not self.leased

    @property
    def unwritten(self) -> int:
        """How much text is not written, in UTF-16 code units."""
        return self.text.end - self.text.written

    @property
    def key(self) -> StreamKey:
        """The key in `OpenStreams`."""
        return self.user_id, self.id
