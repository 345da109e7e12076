"""The streaming messages that this process owns."""

import asyncio
import time
from weakref import WeakValueDictionary

from bitworks.core.errors import Unavailable
from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming.store import StreamStore
from bitworks.features.streaming.stream import Stream, StreamKey
from bitworks.features.streaming.stream_writer import Show, StreamWriter
from bitworks.features.streaming.timings import StreamTimings

# Times `StreamTimings.silence` after which a stream that was neither ended nor heard of is dropped from memory: by
# then another instance has ended it.
FORGET_AFTER = 3


class OpenStreams:
    """`instance` is the name under which this process owns them."""

    def __init__(self, store: StreamStore, show: Show, instance: str, timings: StreamTimings) -> None:
        self.instance = instance
        self.closing = False
        self._timings = timings
        self._streams: dict[StreamKey, Stream] = {}
        self._claims: WeakValueDictionary[StreamKey, asyncio.Lock] = WeakValueDictionary()
        self._writer = StreamWriter(store, show, self.drop)

    def get(self, user_id: UserId, id_: MessageId) -> Stream | None:
        """The stream, if this process owns it."""
        return self._streams.get((user_id, id_))

    def all(self) -> list[Stream]:
        """Every stream that this process owns."""
        return list(self._streams.values())

    def require_open(self) -> None:
        """Raises `Unavailable` if this process drains: another instance takes what streams."""
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
        """Drops what was silent for so long that another instance has ended it."""
        for stream in self.all():
            if time.monotonic() - stream.last_heartbeat > FORGET_AFTER * self._timings.silence:
                self.drop(stream)

    def claiming(self, user_id: UserId, id_: MessageId) -> asyncio.Lock:
        """Held by the one task of this process that takes this message over."""
        return self._claims.setdefault((user_id, id_), asyncio.Lock())

    async def extend(self, stream: Stream, text: str, offset: int | None, call: str | None = None) -> bool:
        """Adds to a stream whose lock is held; it is written and shown soon. Raises as `TextBuffer.append`.

        The id of an owner call is written down with it. False if it proved to be no longer ours before this was
        written. While no other instance can take it over, or PostgreSQL is away, this does not wait for the write.
        """
        at_once = stream.write_at_once
        stream.text.append(text, offset)
        stream.last_call = call or stream.last_call
        now = time.monotonic()
        if stream.text.grew or now - stream.last_heartbeat > self._timings.heartbeat_slack:
            stream.last_heartbeat = now
            self._writer.add(stream, at_once=at_once)
        if not stream.text.grew or stream.leased:
            return True
        return await self._is_ours(stream, stream.text.end)

    async def _is_ours(self, stream: Stream, length: int) -> bool:
        """Waits until a write has told, or cannot tell."""
        while stream.text.written < length and not stream.gone:
            stream.settled.clear()
            await stream.settled.wait()
            if stream.leased or stream.unsure:
                break
        return stream.text.written >= length or not stream.gone

    async def aclose(self) -> None:
        """Waits for the write under way."""
        await self._writer.close()
