"""The streaming messages that this process owns."""

import asyncio
import time
from weakref import WeakValueDictionary

from bitworks.core.errors import Unavailable
from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming.store import SILENCE, Streams
from bitworks.features.streaming.stream import Key, Stream
from bitworks.features.streaming.stream_writer import Show, StreamWriter

# A heartbeat is written down again after so long, in seconds.
HEARTBEAT_NOTED = 2.0
# Silent for longer than any message stays open, in seconds.
FORGOTTEN = 3 * SILENCE


class OpenStreams:
    """`instance` is the name under which this process owns them."""

    def __init__(self, storage: Streams, show: Show, instance: str) -> None:
        self.instance = instance
        self.closing = False
        self._streams: dict[Key, Stream] = {}
        self._claims: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()
        self._writer = StreamWriter(storage, show, self.drop)

    def get(self, user_id: UserId, id_: MessageId) -> Stream | None:
        return self._streams.get((user_id, id_))

    def all(self) -> list[Stream]:
        return list(self._streams.values())

    def require_room(self) -> None:
        """Raises `Unavailable` if this process is going: another one takes what streams."""
        if self.closing:
            raise Unavailable

    def adopt(self, stream: Stream) -> None:
        """This process owns it from now on."""
        self._streams[stream.key] = stream

    def drop(self, stream: Stream) -> None:
        """It has ended, or is another's."""
        stream.gone = True
        stream.settled.set()
        if self._streams.get(stream.key) is stream:
            del self._streams[stream.key]

    def forget(self, user_id: UserId, id_: MessageId) -> None:
        """Drops it, if it is held here."""
        if (stream := self.get(user_id, id_)) is not None:
            self.drop(stream)

    def drop_forgotten(self) -> None:
        """Drops what was silent for so long that somebody has ended it: whoever asks looks it up."""
        for stream in self.all():
            if time.monotonic() - stream.heard_at > FORGOTTEN:
                self.drop(stream)

    def claiming(self, user_id: UserId, id_: MessageId) -> asyncio.Lock:
        """Held by the one task of this process that takes this message over."""
        return self._claims.setdefault((user_id, id_), asyncio.Lock())

    async def append(self, stream: Stream, text: str, offset: int | None, errand: str | None = None) -> bool:
        """Adds to a stream whose lock is held; it is written and shown soon. Raises as `Growth.append`.

        An `errand` is written down with it. False if it proved to be no longer ours before this was
        written. While nobody can take it over, or PostgreSQL is away, this does not wait for the write.
        """
        first = stream.growth.shown == stream.growth.end == stream.growth.durable or not stream.leased
        stream.growth.append(text, offset)
        stream.errand = errand or stream.errand
        now = time.monotonic()
        if stream.growth.grew or now - stream.heard_at > HEARTBEAT_NOTED:
            stream.heard_at = now
            self._writer.add(stream, at_once=first)
        if not stream.growth.grew or stream.leased:
            return True
        return await self._is_ours(stream, stream.growth.end)

    async def _is_ours(self, stream: Stream, length: int) -> bool:
        """Waits until a write has told, or cannot tell."""
        while stream.growth.written < length and not stream.gone:
            stream.settled.clear()
            await stream.settled.wait()
            if stream.leased or stream.unsure:
                break
        return stream.growth.written >= length or not stream.gone

    async def aclose(self) -> None:
        """Waits for the write under way."""
        await self._writer.close()
