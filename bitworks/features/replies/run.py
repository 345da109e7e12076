"""One reply that a worker has claimed, until its message has ended."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

import structlog

from bitworks.core.errors import Closed, InvalidInput, NotFound, OutOfOrder, Unavailable, WindowTooSmall
from bitworks.core.records import Json
from bitworks.features.history.inputs import MessageAppend
from bitworks.features.replies.asking import ask_of
from bitworks.features.replies.producers.producer import Ask, Elsewhere, Ending, Piece, ProducerFailed
from bitworks.features.replies.store import Job, LostJob
from bitworks.features.replies.titles import name_after
from bitworks.features.streaming import streaming
from bitworks.services import Services

log = structlog.get_logger(__name__)

AGAIN = 0.25  # seconds until PostgreSQL is tried again
LEFT = ProducerFailed("worker_lost", "The process that wrote this answer is gone.")
SILENT = ProducerFailed("webhook_silent", "The workflow did not answer in time.")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Patience:
    """`retries`: the waits before each try but the first. `answer_within`: how long a workflow may take.

    All in seconds.
    """

    retries: tuple[float, ...]
    answer_within: float


@dataclass(slots=True, eq=False)
class Run:
    """`waits` is called when it begins, and ends, to do something else than writing the answer; `settled`
    when the message has ended.
    """

    services: Services
    job: Job
    patience: Patience
    waits: Callable[[bool], None]
    settled: Callable[[], None]
    length: int = 0

    async def work(self) -> None:
        """Cancelling it leaves the message open, and the job for whoever is next."""
        try:
            self.length = await self._append("")
            await self._go_on()
        except (Closed, NotFound, LostJob):
            pass  # stopped, deleted, or another worker's by now
        finally:
            self.settled()

    async def heartbeat(self) -> None:
        """Says that the producer lives."""
        await self._appended(MessageAppend(id=self.job.message_id, text=""))

    async def interrupt(self) -> None:
        """Ends the message with the text it has: nobody will go on with it."""
        with contextlib.suppress(Closed, NotFound):
            await self._end("interrupted", {"error": LEFT.described})

    async def _go_on(self) -> None:
        if self.job.error is not None:
            await self._give_up(ProducerFailed(self.job.error["code"], self.job.error["detail"]))
        elif self.job.delivered_at is not None:
            await self._wait_for_answer()
        elif self.length:
            await self.interrupt()
        else:
            await self._try_until_done()

    async def _try_until_done(self) -> None:
        try:
            ask = await _persistent(lambda: ask_of(self.services, self.job, self.patience.answer_within))
        except WindowTooSmall as error:
            return await self._give_up(ProducerFailed(error.code, error.detail))
        delays = iter(self.patience.retries[self.job.tries :])
        while True:
            await _persistent(lambda: self.services.storage.replies.note_try(self.job))
            try:
                return await self._fill(ask)
            except ProducerFailed as failed:
                delay = next(delays, None)
                if self.length or not failed.retryable or delay is None:
                    return await self._give_up(failed)
                log.info("reply_tried_again", code=failed.code, message_id=self.job.message_id)
                await self._pause(max(delay, failed.retry_after or 0))

    async def _fill(self, ask: Ask) -> None:
        """One try, from the request to the end of the message."""
        pieces = cast("AsyncGenerator[Piece, None]", self.services.producer.answer(ask))
        async with aclosing(pieces):
            async for piece in pieces:
                match piece:
                    case str():
                        self.length = await self._append(piece)
                    case Ending():
                        await self._finish(ask, piece)
                    case Elsewhere():
                        await _persistent(lambda: self.services.storage.replies.note_delivery(self.job))
                        await self._wait_for_answer()

    async def _finish(self, ask: Ask, ending: Ending) -> None:
        await self._end("complete", ending.metadata)
        self.settled()
        if self.job.title is not None:
            with self._beside_the_others():
                await name_after(self.services, self.job, ask, ending.title)

    async def _wait_for_answer(self) -> None:
        """The text comes through the doors; the worker ends this wait when the message has ended."""
        delivered_at = self.job.delivered_at or self.services.now()
        deadline = delivered_at + timedelta(seconds=self.patience.answer_within)
        await self._pause((deadline - self.services.now()).total_seconds())
        self.length = await self._append("")
        await self._give_up(SILENT)

    async def _pause(self, seconds: float) -> None:
        with self._beside_the_others():
            await asyncio.sleep(seconds)

    @contextlib.contextmanager
    def _beside_the_others(self) -> Iterator[None]:
        """Leaves its place to another reply."""
        self.waits(True)
        try:
            yield
        finally:
            self.waits(False)

    async def _give_up(self, failed: ProducerFailed) -> None:
        """Text that has begun cannot be begun again: it ends as interrupted. Without any, it has failed."""
        log.warning("reply_failed", code=failed.code, message_id=self.job.message_id)
        if self.services.producer.keeps_dead_letters:
            await _persistent(lambda: self.services.storage.replies.bury(self.job, failed.described))
        broke_off = self.length and (failed.retryable or failed is SILENT)
        await self._end("interrupted" if broke_off else "failed", {"error": failed.described})

    async def _append(self, text: str) -> int:
        wanted = MessageAppend(id=self.job.message_id, text=text, offset=self.length if text else None)
        try:
            return (await _persistent(lambda: self._appended(wanted))).length
        except (InvalidInput, OutOfOrder):
            raise ProducerFailed("too_long", "The answer is longer than a message may be.") from None

    async def _appended(self, wanted: MessageAppend) -> streaming.Appended:
        return await streaming.append(self.services, self.job.user_id, wanted)

    async def _end(self, status: streaming.EndStatus, metadata: Json) -> None:
        async def end() -> None:
            await streaming.end(self.services, self.job.user_id, self.job.message_id, status, metadata)

        await _persistent(end)


async def _persistent(work: Callable[[], Awaitable[Result]]) -> Result:
    """Repeats while PostgreSQL is away. Give it what may be repeated."""
    while True:
        try:
            return await work()
        except Unavailable:
            await asyncio.sleep(AGAIN)
