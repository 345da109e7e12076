"""The run of one reply, from its claim by a worker to the end of its message."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import TypeVar, cast

import structlog

from bitworks.core.clock import Clock
from bitworks.core.errors import (
    Closed,
    DomainError,
    InvalidInput,
    NotFound,
    OutOfOrder,
    Unavailable,
    WindowTooSmall,
)
from bitworks.core.records import Json
from bitworks.features.replies.producers.producer import (
    Completion,
    DeferredReply,
    Output,
    Producer,
    ProducerFailed,
    ReplyRequest,
)
from bitworks.features.replies.request_reader import RequestReader
from bitworks.features.replies.retries import Retrying, error_of, retry_after_failure
from bitworks.features.replies.store import LostJob, ReplyJob, ReplyStore
from bitworks.features.replies.titles import Titles
from bitworks.features.streaming.inputs import MessageAppend
from bitworks.features.streaming.streaming import Appended, ProducerStatus, Streaming
from bitworks.storage.jobs import Slot

log = structlog.get_logger(__name__)

# RETRY_INTERVAL: seconds between two tries while PostgreSQL does not answer.
RETRY_INTERVAL = 0.25
# Why a message is interrupted whose worker died: text that has begun cannot be begun again.
WORKER_LOST = ProducerFailed("worker_lost", "The process that wrote this answer is gone.")
# Why a deferred reply is ended that was not finished within `RequestReader.webhook_timeout` seconds.
WEBHOOK_SILENT = ProducerFailed("webhook_silent", "The workflow did not answer in time.")

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class RunDependencies:
    """What every run of a process depends on."""

    store: ReplyStore
    """The replies in PostgreSQL."""
    streaming: Streaming
    """Extends and ends the messages of replies."""
    requests: RequestReader
    """Builds the requests to the producer."""
    titles: Titles
    """Names conversations after their first reply."""
    producer: Producer
    """Writes the replies."""
    retries: tuple[float, ...]
    """Seconds to wait before each try but the first."""
    now: Clock
    """The time, in UTC."""


@dataclass(slots=True, eq=False)
class ReplyRun:
    """One claimed reply.

    `slot` is idle while the run only waits. `length` is that of the message's text, in UTF-16 code units.
    """

    dependencies: RunDependencies
    """The same for every run of the process."""
    job: ReplyJob
    """The claimed reply."""
    slot: Slot
    """Idle while the run only waits."""
    length: int = 0
    """UTF-16 code units of text that the message has."""
    retrying: bool = field(init=False)
    """Whether the message says that it is tried again, as this run or one before it has written."""

    def __post_init__(self) -> None:
        self.retrying = self.job.retrying

    async def work(self) -> None:
        """Works until the message has ended. Cancelling it leaves the message open: call `put_down` then."""
        try:
            await self._go_on(await self._begin())
        except LostJob:
            pass  # it is another worker's by now
        except (Closed, NotFound):
            # The message was stopped or deleted, and its reply with it, unless a process of an older release did it.
            with contextlib.suppress(DomainError):
                await self.dependencies.store.settle_ended(self.job)
        self.slot.settle()

    async def heartbeat(self) -> None:
        """Renews the message's heartbeat, without which it would be interrupted."""
        await self._appended(MessageAppend(id=self.job.message_id, text=""))

    async def interrupt(self) -> None:
        """Ends the message with the text that it has: a producer cannot resume a reply."""
        with contextlib.suppress(Closed, NotFound):
            await self._end("interrupted", {"error": WORKER_LOST.described})

    async def put_down(self) -> None:
        """Interrupts a message whose text has begun; releases any other job to the next worker."""
        if self.length and self.job.delivered_at is None:
            await self.interrupt()
        else:
            # Forgotten first: else this process would interrupt the message with the others that it owns.
            self.dependencies.streaming.forget(self.job.user_id, self.job.message_id)
            await self.dependencies.store.leave(self.job)

    async def _begin(self) -> ReplyRequest | ProducerFailed | None:
        """Claims the message, and meanwhile counts the first try and reads its request; None where none is made."""
        if self.job.error is not None or self.job.delivered_at is not None:
            self.length = await self._append("")
            return None
        self.length, request, _ = await asyncio.gather(
            self._append(""), self._read_request(), self._count_try()
        )
        return request

    async def _read_request(self) -> ReplyRequest | ProducerFailed:
        try:
            return await _persistent(lambda: self.dependencies.requests.request_of(self.job))
        except WindowTooSmall as error:
            return ProducerFailed(error.code, error.detail)

    async def _count_try(self) -> None:
        await _persistent(lambda: self.dependencies.store.note_try(self.job))

    async def _go_on(self, request: ReplyRequest | ProducerFailed | None) -> None:
        if self.job.error is not None:
            await self._give_up(ProducerFailed(self.job.error["code"], self.job.error["detail"]))
        elif request is None:
            await self._wait_for_deferred()
        elif self.length:
            await self.interrupt()
        elif isinstance(request, ProducerFailed):
            await self._give_up(request)
        else:
            await self._try_until_done(request)

    async def _try_until_done(self, request: ReplyRequest) -> None:
        """Asks the producer, the first time for a try that is counted already."""
        for tries in count(self.job.tries):
            if tries > self.job.tries:
                await self._count_try()
                request = replace(request, token=self.dependencies.requests.token_of(self.job))
            try:
                return await self._fill(request)
            except ProducerFailed as failed:
                retry = retry_after_failure(failed, self.dependencies.retries, tries)
                if self.length or retry is None:
                    return await self._give_up(failed)
                log.info("reply_tried_again", code=failed.code, message_id=self.job.message_id)
                await self._say_how_it_goes_on(retry.described(failed, self.dependencies.now()))
                await self._wait_for_next_try(retry.delay)

    async def _fill(self, request: ReplyRequest) -> None:
        """One try, from the request to the end of the message. Raises `ProducerFailed`."""
        outputs = cast("AsyncGenerator[Output, None]", self.dependencies.producer.reply(request))
        async with aclosing(outputs):
            async for output in outputs:
                match output:
                    case str():
                        if output and self.retrying:
                            await self._say_how_it_goes_on(None)
                        self.length = await self._append(output)
                    case Completion():
                        await self._finish(request, output)
                    case DeferredReply():
                        if self.retrying:
                            await self._say_how_it_goes_on(None)
                        await _persistent(lambda: self.dependencies.store.note_delivery(self.job))
                        await self._wait_for_deferred()

    async def _say_how_it_goes_on(self, retrying: Retrying | None) -> None:
        """Says in the message that it is tried again, and when; None: its text begins. Raises `LostJob`."""
        written = await _persistent(lambda: self.dependencies.store.note_progress(self.job, retrying))
        self.dependencies.streaming.publisher.change(self.job.user_id, written.change)
        self.retrying = retrying is not None

    async def _finish(self, request: ReplyRequest, completion: Completion) -> None:
        try:
            await self._end("complete", completion.metadata)
        except InvalidInput as refused:
            raise ProducerFailed("too_long", f"The answer cannot be kept: {refused.detail}.") from None
        self.slot.settle()
        if self.job.title is not None:
            with self.slot.idle():
                await self.dependencies.titles.name_after(self.job, request, completion.title)

    async def _wait_for_deferred(self) -> None:
        """Waits while the text comes through the doors. At the deadline the reply has failed.

        A message that ends before is noticed at the next renewal of the lease, which then cancels this wait.
        """
        delivered_at = self.job.delivered_at or self.dependencies.now()
        deadline = delivered_at + timedelta(seconds=self.dependencies.requests.webhook_timeout)
        await self._pause((deadline - self.dependencies.now()).total_seconds())
        self.length = await self._append("")
        await self._give_up(WEBHOOK_SILENT)

    async def _wait_for_next_try(self, seconds: float) -> None:
        await _persistent(lambda: self.dependencies.store.note_pause(self.job, seconds))
        await self._pause(seconds)

    async def _pause(self, seconds: float) -> None:
        with self.slot.idle():
            await asyncio.sleep(seconds)

    async def _give_up(self, failed: ProducerFailed) -> None:
        """Ends the message: as interrupted if a part of its text has come, else as failed."""
        log.warning("reply_failed", code=failed.code, message_id=self.job.message_id)
        error = error_of(failed, self.dependencies.now())
        if self.dependencies.producer.keeps_dead_letters:
            await _persistent(lambda: self.dependencies.store.bury(self.job, error))
        broke_off = self.length and (failed.retryable or failed is WEBHOOK_SILENT)
        await self._end("interrupted" if broke_off else "failed", {**failed.metadata, "error": error})

    async def _append(self, text: str) -> int:
        request = MessageAppend(id=self.job.message_id, text=text, offset=self.length if text else None)
        try:
            return (await _persistent(lambda: self._appended(request))).length
        except (InvalidInput, OutOfOrder):
            raise ProducerFailed("too_long", "The answer is longer than a message may be.") from None

    async def _appended(self, request: MessageAppend) -> Appended:
        return await self.dependencies.streaming.extend(self.job.user_id, request)

    async def _end(self, status: ProducerStatus, metadata: Json) -> None:
        async def end() -> None:
            await self.dependencies.streaming.end_for_producer(
                self.job.user_id, self.job.message_id, status, metadata
            )

        await _persistent(end)


async def _persistent(work: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Repeats `work`, which must be idempotent, while PostgreSQL does not answer."""
    while True:
        try:
            return await work()
        except Unavailable:
            await asyncio.sleep(RETRY_INTERVAL)
