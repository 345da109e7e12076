"""One streaming message that this process owns."""

import asyncio
import time
from dataclasses import dataclass, field

from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming.store import LEASE
from bitworks.features.streaming.text_buffer import Growth

Key = tuple[UserId, MessageId]


@dataclass(slots=True, eq=False)
class Stream:
    """A message owned under a fence. Hold `lock` while it is appended to or ended.

    `errand` is the last append that another instance handed on. Once `gone`, it has ended or is another's.
    `settled` is set after each write; it was `unsure` if PostgreSQL did not answer.
    """

    user_id: UserId
    id: MessageId
    fence: int
    growth: Growth
    errand: str | None = None
    gone: bool = False
    unsure: bool = False
    # When the last write under our fence began: until the lease is over nobody else can own it.
    confirmed_at: float = field(default_factory=time.monotonic)
    heard_at: float = field(default_factory=time.monotonic)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def leased(self) -> bool:
        """Whether it is ours for long enough to write what is accepted now."""
        return time.monotonic() - self.confirmed_at < LEASE / 2

    @property
    def key(self) -> Key:
        return self.user_id, self.id
