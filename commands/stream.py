"""One streaming message that this process owns."""

import asyncio
import time
from dataclasses import dataclass, field

from domain.growth import Growth
from domain.ids import MessageId, UserId

Key = tuple[UserId, MessageId]


@dataclass(slots=True, eq=False)
class Stream:
    """A message owned under a fence. Hold `lock` while it is appended to or ended.

    `errand` is the last append that another instance handed on. Once `gone`, it has ended or is another's.
    """

    user_id: UserId
    id: MessageId
    fence: int
    growth: Growth
    errand: str | None = None
    gone: bool = False
    heard_at: float = field(default_factory=time.monotonic)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def key(self) -> Key:
        return self.user_id, self.id
