"""The streaming messages that this process owns, in memory."""

import asyncio
import time
from weakref import WeakValueDictionary

from bitworks.core.errors import Unavailable
from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming.store import StreamStore
from bitworks.features.streaming.stream import Stream, StreamKey
from bitworks.features.streaming.stream_writer import Show, StreamWriter
from bitworks.features.streaming.timings import StreamTimings

# FORGET_AFTER: times `StreamTimings.silence` without a heartbeat, after which a stream is dropped from memory: by then
# another instance has ended it.
FORGET_AFTER = 3


class OpenStreams:
    """Owned streams by user and id.

    `instance` is the name under which this process owns them. While it is `closing` it takes no more over.
    """

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
        """Raises `Unavailable` while this process drains, so that the client turns to another instance."""
        if self.closing:
            raise Unavailable("This server is being stopped; try again.")

    def adopt(self, stream: Stream) -> None:
        """This process owns it from now on."""
        self._streams[stream.key] = stream

    def drop(self, stream: Stream) -> None:
        """Forgets a stream that has ended, or that another instance owns; wakes those who wait for its write."""
        stream.gone = True
        stream.settled.set()
        if self._streams.get(stream.key) is stream:
            del self._streams[stream.key]

    def forget(self, user_id: UserId, id_: MessageId) -> None:
        """Drops the stream, if it is owned here."""
        if (stream := self.get(user_id, id_)) is not None:
            self.drop(stream)

    def drop_forgotten(self) -> None:
        """Drops the streams without a heartbeat for so long that another instance has ended them."""
        for stream in self.all():
            if time.monotonic() - stream.last_heartbeat > FORGET_AFTER * self._timings.silence:
                self.drop(stream)

    def claiming(self, user_id: UserId, id_: MessageId) -> asyncio.Lock:
        """The lock to hold while this process takes the message over, so that one task does."""
        return self._claims.setdefault((user_id, id_), asyncio.Lock())

    async def extend(self, stream: Stream, text: str, offset: int | None, call_id: str | None = None) -> bool:
        """Adds text to a stream whose lock is held; it is written and shown soon. Raises as `TextBuffer.append`.

        `call_id` is of the owner call that brought the text; it is written with it. Returns at once while the lease
        holds; else waits for the write, and is false if another instance proved to own the stream before it. While
        PostgreSQL does not answer it is true: the text is held, and written once it does.
        """
        at_once = stream.write_at_once
        stream.text.append(text, offset)
        stream.last_call = call_id or stream.last_call
        now = time.monotonic()
        if stream.text.grew or now - stream.last_heartbeat > self._timings.heartbeat_slack:
            stream.last_heartbeat = now
            self._writer.add(stream, at_once=at_once)
        if not stream.text.grew or stream.leased:
            return True
        return await self._is_ours(stream, stream.text.end)

    async def _is_ours(self, stream: Stream, length: int) -> bool:
        """Waits for a write: whether it confirmed our ownership. True as well while PostgreSQL does not answer."""
        while stream.text.written < length and not stream.gone:
            stream.settled.clear()
            await stream.settled.wait()
            if stream.leased or stream.unsure:
                break
        return stream.text.written >= length or not stream.gone

    async def aclose(self) -> None:
        """Waits for the write under way."""
        await self._writer.close()
