"""Writes the text of streaming messages, then shows it: many messages in one commit.

The first piece of a message is written at once; later ones wait for each other, at most 40 ms. One write is under way
at a time. Nothing is shown that is not written, so every instance finds in PostgreSQL all text that any device was
shown: an instance that takes a message over, or ends it, never shows less.

Most of these commits do not wait for the disk; one each second does, and makes the others durable.

What has grown by a large text takes turns by user: the little that others grow by is in each commit.
"""

import asyncio
import time
from collections.abc import Callable
from operator import attrgetter

import structlog

from bitworks.core.errors import DomainError
from bitworks.core.ids import MessageId, UserId
from bitworks.core.text import Piece
from bitworks.features.limits.turns import LARGE, take_in_turn
from bitworks.features.streaming.store import ChunkDraft, StreamStore
from bitworks.features.streaming.stream import Stream
from bitworks.tasks import Tasks

log = structlog.get_logger(__name__)

# COALESCE: seconds for which text waits for more, to be written in one commit.
COALESCE = 0.04
# DURABLE_WITHIN: seconds after which written text is on the disk.
DURABLE_WITHIN = 1.0
# RETRY_INTERVAL: seconds between two tries of a write while PostgreSQL does not answer.
RETRY_INTERVAL = 0.25

Show = Callable[[UserId, MessageId, Piece], None]


class StreamWriter:
    """Calls `show` with each piece once it is written, and `drop` with a stream that another instance owns."""

    def __init__(self, store: StreamStore, show: Show, drop: Callable[[Stream], None]) -> None:
        self._store = store
        self._show = show
        self._drop = drop
        self._due: dict[Stream, None] = {}
        self._not_durable: dict[Stream, None] = {}
        self._tasks = Tasks("stream_writer")
        self._writing = False
        self._timer: asyncio.TimerHandle | None = None
        self._durable_timer: asyncio.TimerHandle | None = None
        self._kicked = False
        self._durably = False

    def add(self, stream: Stream, *, at_once: bool = False) -> None:
        """Has the stream's text written, at once or within `COALESCE` seconds; without new text, its heartbeat."""
        self._due[stream] = None
        if at_once:
            self._kick()
        else:
            self._kick_after(COALESCE)

    async def close(self) -> None:
        """Waits for the write under way. Text that was added since is not written."""
        for timer in (self._timer, self._durable_timer):
            if timer is not None:
                timer.cancel()
        self._due.clear()
        self._kicked = False
        await self._tasks.finished()

    def _kick_after(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._kick)

    def _kick(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._kicked = True
        if not self._writing:
            self._writing = True
            self._tasks.start(self._write_all(), "write")

    async def _write_all(self) -> None:
        try:
            while self._kicked:
                self._kicked = False
                await self._write_due()
        finally:
            self._writing = False

    async def _write_due(self) -> None:
        batch, more = self._take_due()
        together = [stream for stream in batch if not stream.apart]
        if together:
            await self._write_or_retry(together)
        for stream in batch:
            if stream.apart:
                await self._write_or_retry([stream])
        # If PostgreSQL did not answer, the rest waits for the next try too.
        if more and not all(stream.unsure for stream in batch):
            self._kicked = True

    def _take_due(self) -> tuple[list[Stream], bool]:
        """Takes all that is due and small, and of what is large as much as a commit may hold: whether more is due."""
        due = [stream for stream in self._due if not stream.gone]
        self._due.clear()
        large = [stream for stream in due if stream.unwritten > LARGE]
        if not large:
            return due, False
        batch, left = take_in_turn(large, attrgetter("user_id"), attrgetter("unwritten"))
        self._due.update(dict.fromkeys(left))
        return [stream for stream in due if stream.unwritten <= LARGE] + batch, bool(left)

    async def _write_or_retry(self, batch: list[Stream]) -> None:
        """Writes a batch; one that fails as a whole stream by stream, so that nobody's text waits for another's."""
        try:
            await self._write(batch, durable=self._durably)
        except DomainError:
            self._try_again(batch)
        except Exception:
            if len(batch) > 1:
                for stream in batch:
                    await self._write_or_retry([stream])
                return
            if not batch[0].apart:
                log.exception("stream_write_failed", message=batch[0].id)
            batch[0].apart = True
            self._try_again(batch)

    def _try_again(self, batch: list[Stream]) -> None:
        self._due.update(dict.fromkeys(batch))
        self._kick_after(RETRY_INTERVAL)
        for stream in batch:
            stream.unsure = True
            stream.settled.set()

    async def _write(self, batch: list[Stream], *, durable: bool) -> None:
        drafts = [
            ChunkDraft(one.user_id, one.id, one.fence, one.text.unwritten(), one.last_call) for one in batch
        ]
        flushed = {one: one.text.written for one in self._not_durable}
        began = time.monotonic()
        written = await self._store.insert_chunks(drafts, durable=durable)
        if durable:
            self._flushed(flushed)
        for stream, draft in zip(batch, drafts, strict=True):
            if stream.key in written:
                stream.confirmed_at = began
                self._wrote(stream, draft.piece.end, durable=durable)
            elif not stream.gone:
                await self._look_again(stream)
            stream.unsure = stream.apart = False
            stream.settled.set()

    def _wrote(self, stream: Stream, length: int, *, durable: bool) -> None:
        stream.text.wrote(length)
        if durable:
            stream.text.made_durable(length)
        elif stream.text.durable < length:
            self._not_durable[stream] = None
            self._make_durable_soon()
        if not stream.gone:
            for piece in stream.text.show():
                self._show(stream.user_id, stream.id, piece)

    async def _look_again(self, stream: Stream) -> None:
        """Resumes from the length in the database after a refused write; drops a stream that another instance owns."""
        length = await self._store.length_owned(stream.user_id, stream.id, stream.fence)
        if stream.gone:
            return
        if length is None or not stream.text.holds(length):
            self._drop(stream)
            return
        self._wrote(stream, length, durable=False)
        if stream.text.grew:
            self.add(stream)

    # Durability

    def _make_durable_soon(self) -> None:
        if self._durable_timer is None:
            loop = asyncio.get_running_loop()
            self._durable_timer = loop.call_later(DURABLE_WITHIN, self._make_durable)

    def _make_durable(self) -> None:
        self._durable_timer = None
        self._durably = True
        self._due.update(self._not_durable)
        self._kick()

    def _flushed(self, lengths: dict[Stream, int]) -> None:
        """Notes that these lengths are durable: a commit that waits for the disk makes every earlier one durable."""
        self._durably = False
        for stream, length in lengths.items():
            stream.text.made_durable(length)
            if stream.gone or stream.text.durable >= stream.text.written:
                self._not_durable.pop(stream, None)
