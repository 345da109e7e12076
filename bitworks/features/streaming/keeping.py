"""The upkeep of streaming messages: serves the calls of other instances, ends messages whose producer died, and ends
those that this process owns before it exits.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bitworks.core.errors import Closed, DomainError, NotFound
from bitworks.core.ids import MessageId, UserId
from bitworks.features.streaming.store import SILENT_AT_ONCE, ProducerAlive
from bitworks.features.streaming.streaming import Streaming
from bitworks.tasks import Tasks

log = structlog.get_logger(__name__)

# DRAIN_AT_ONCE: messages that are ended at the same time while the process drains.
# Fewer than the connections of the default pool.
DRAIN_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class StreamKeeper:
    """Keeps the streams of this process, and reaps those of every process."""

    streaming: Streaming
    """The streams of this process."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serves and reaps while the block runs; at its end drains, and waits for the write under way."""
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
        """Takes no more messages over, and interrupts those that are owned here.

        Their producer is of this process, or has to call another instance, which then tells it that they ended.
        """
        streams = self.streaming.streams
        streams.closing = True
        some = asyncio.Semaphore(DRAIN_AT_ONCE)

        async def end(user_id: UserId, id_: MessageId) -> None:
            async with some:
                await self._interrupt(user_id, id_, if_silent=False)

        await asyncio.gather(*(end(*stream.key) for stream in streams.all()))

    async def reap(self) -> None:
        """Interrupts the messages of all instances whose heartbeat is older than `StreamTimings.silence`.

        Ends early where none of a look could be ended: those would be found again at once.
        """
        self.streaming.streams.drop_forgotten()
        while True:
            silent = await self.streaming.store.silent()
            settled = [await self._interrupt(*key, if_silent=True) for key in silent]
            if len(silent) < SILENT_AT_ONCE or not any(settled):
                return

    async def _reap_forever(self) -> None:
        while True:
            await asyncio.sleep(self.streaming.timings.reap_interval)
            try:
                await self.reap()
            except DomainError:
                continue  # PostgreSQL is away: the next look finds the same messages
            except Exception:
                log.exception("reaping_failed")

    async def _interrupt(self, user_id: UserId, id_: MessageId, *, if_silent: bool) -> bool:
        """False if it goes on streaming without a producer: its ending failed, and is tried again."""
        try:
            await self.streaming.interrupt(user_id, id_, if_silent=if_silent)
        except (Closed, NotFound, ProducerAlive):
            return True  # ended, deleted or appended to meanwhile
        except DomainError as error:
            log.warning("interrupt_failed", error=type(error).__name__)
        except Exception:
            # One text that cannot be written stops neither the others' ending nor the stop.
            log.exception("interrupt_failed", message=id_)
        else:
            return True
        return False
