"""The streaming messages that this process owns."""

import asyncio
import time
from weakref import WeakValueDictionary

from commands.stream import Key, Stream
from commands.stream_writer import Show, StreamWriter
from domain.ids import MessageId, UserId
from storage.streams import Streams

# A heartbeat is written down again after so long, in seconds.
HEARTBEAT_NOTED = 2.0


class OpenStreams:
    """`instance` is the name under which this process owns them."""

    def __init__(self, storage: Streams, show: Show, instance: str) -> None:
        self.instance = instance
        self._streams: dict[Key, Stream] = {}
        self._claims: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()
        self._writer = StreamWriter(storage, show, self.drop)

    def get(self, user_id: UserId, id_: MessageId) -> Stream | None:
        return self._streams.get((user_id, id_))

    def all(self) -> list[Stream]:
        return list(self._streams.values())

    def adopt(self, stream: Stream) -> None:
        """This process owns it from now on."""
        self._streams[stream.key] = stream

    def drop(self, stream: Stream) -> None:
        """It has ended, or is another's."""
        stream.gone = True
        if self._streams.get(stream.key) is stream:
            del self._streams[stream.key]

    def forget(self, user_id: UserId, id_: MessageId) -> None:
        """Drops it, if it is held here."""
        if (stream := self.get(user_id, id_)) is not None:
            self.drop(stream)

    def claiming(self, user_id: UserId, id_: MessageId) -> asyncio.Lock:
        """Held by the one task of this process that takes this message over."""
        return self._claims.setdefault((user_id, id_), asyncio.Lock())

    def append(self, stream: Stream, text: str, offset: int | None) -> None:
        """Adds to a stream whose lock is held; it is written and shown soon. Raises as `Growth.append`."""
        first = stream.growth.shown == stream.growth.end == stream.growth.durable
        stream.growth.append(text, offset)
        now = time.monotonic()
        if stream.growth.grew or now - stream.heard_at > HEARTBEAT_NOTED:
            stream.heard_at = now
            self._writer.add(stream, at_once=first)

    async def aclose(self) -> None:
        """Waits for the write under way."""
        await self._writer.close()
