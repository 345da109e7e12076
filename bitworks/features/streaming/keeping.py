"""What has to be done for streaming messages beside what is asked: other instances are answered, messages whose
producer died are ended, and nothing is left open by a process that goes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bitworks.core.errors import Closed, DomainError, NotFound
from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming.store import ProducerAlive
from bitworks.features.streaming.streaming import Streaming
from bitworks.tasks import Tasks

log = structlog.get_logger(__name__)

# DRAIN_AT_ONCE: messages that are ended at the same time when the process goes.
DRAIN_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class StreamKeeper:
    """Keeps the streams of this process, and reaps those of any."""

    streaming: Streaming

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """For as long as the block runs. At its end, what is owned here is ended."""
        self.streaming.calls.serve(self.streaming.respond)
        tasks = Tasks("stream_keeper")
        tasks.start(self._reap_forever(), "reap")
        try:
            yield
        finally:
            await tasks.stop()
            await self.drain()
            await self.streaming.streams.aclose()

    async def drain(self) -> None:
        """Owns no more messages, and ends at once those that it does: their producer goes, or has to ask
        another instance, which can tell it.
        """
        streams = self.streaming.streams
        streams.closing = True
        some = asyncio.Semaphore(DRAIN_AT_ONCE)

        async def end(user_id: UserId, id_: MessageId) -> None:
            async with some:
                await self._interrupt(user_id, id_, if_silent=False)

        await asyncio.gather(*(end(*stream.key) for stream in streams.all()))

    async def reap(self) -> None:
        """Ends every message, of whatever instance, whose producer has sent nothing for too long."""
        self.streaming.streams.drop_forgotten()
        for user_id, id_ in await self.streaming.store.silent():
            await self._interrupt(user_id, id_, if_silent=True)

    async def _reap_forever(self) -> None:
        while True:
            await asyncio.sleep(self.streaming.timings.reap_interval)
            try:
                await self.reap()
            except DomainError:
                continue  # PostgreSQL is away: the silent will be found
            except Exception:
                log.exception("reaping_failed")

    async def _interrupt(self, user_id: UserId, id_: MessageId, *, if_silent: bool) -> None:
        try:
            await self.streaming.interrupt(user_id, id_, if_silent=if_silent)
        except (Closed, NotFound, ProducerAlive):
            return  # ended, deleted or heard of meanwhile
        except DomainError as error:
            log.warning("interrupt_failed", error=type(error).__name__)
