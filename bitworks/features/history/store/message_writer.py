"""Group commit: the one way in for messages.

A write that finds nothing under way is committed at once. Writes that arrive during a commit go
together in the next one. A user whose counter is locked by another transaction is skipped by the batch
and gets a lane of their own, so nobody waits for another's lock; within a user the order is kept.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import orjson

from bitworks.core.errors import Deleted, DomainError, IdConflict, NotFound, Unauthorized, Unavailable
from bitworks.core.ids import ConversationId, MessageId, Revision, UserId
from bitworks.core.records import Json
from bitworks.features.history.kinds import MESSAGE
from bitworks.features.history.records import Message, Role
from bitworks.features.models.counts import OtherModel
from bitworks.storage.database import Database
from bitworks.storage.revisions import OUTCOME_INTERVAL, OUTCOME_TIMEOUT, Transaction
from bitworks.tasks import Tasks

SQL = MESSAGE.statements
BATCH_ROWS = 256
BATCH_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be created. `fingerprint` tells a repeated creation from another one.

    Its tokens were counted for `model`, which must be the one that its conversation is for.
    """

    user_id: UserId
    id: MessageId
    conversation_id: ConversationId
    role: Role
    content: str
    metadata: Json
    fingerprint: bytes
    token_count: int | None = None
    model: str | None = None

    def written(self, revision: Revision, now: datetime) -> Message:
        return Message(
            id=self.id,
            conversation_id=self.conversation_id,
            role=self.role,
            content=self.content,
            status="complete",
            metadata=self.metadata,
            token_count=self.token_count,
            timestamp=now,
            edited_at=None,
            position=revision,
            revision=revision,
        )


@dataclass(frozen=True, slots=True)
class CreatedMessage:
    """`unnamed`: its conversation has no title yet, and this is a question that may give it one."""

    message: Message
    unnamed: bool


@dataclass(slots=True)
class _Waiting:
    draft: NewMessage
    result: "asyncio.Future[CreatedMessage | None]"


_REFUSALS: dict[str, type[DomainError]] = {
    "conflict": IdConflict,
    "deleted": Deleted,
    "not_found": NotFound,
    "no_user": Unauthorized,
}


class MessageWriter:
    """Writes messages in batches. One batch is under way at a time, beside the lanes of locked users."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[_Waiting] = deque()
        self._lanes: dict[UserId, deque[_Waiting]] = {}
        self._running = False
        self._tasks = Tasks("message_writer")

    async def create(self, draft: NewMessage) -> CreatedMessage | None:
        """The message after its commit; None if it is only a repetition of one that exists.

        Raises OtherModel, IdConflict, Deleted, NotFound (the conversation), Unauthorized (the account is
        gone) or Unavailable. If the caller is cancelled, the write may still happen.
        """
        waiting = _Waiting(draft, asyncio.get_running_loop().create_future())
        lane = self._lanes.get(draft.user_id)
        if lane is not None:
            lane.append(waiting)
        else:
            self._queue.append(waiting)
            if not self._running:
                self._running = True
                self._tasks.start(self._run())
        return await waiting.result

    async def close(self) -> None:
        """Waits for what is under way."""
        await self._tasks.finished()

    async def _run(self) -> None:
        try:
            while self._queue:
                await self._commit(_take_batch(self._queue))
        finally:
            self._running = False

    async def _run_lane(self, user_id: UserId) -> None:
        lane = self._lanes[user_id]
        while lane:
            await self._write(_take_batch(lane), wait=True)
        del self._lanes[user_id]

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        for waiting in await self._write(batch, wait=False):
            user_id = waiting.draft.user_id
            if user_id not in self._lanes:
                self._lanes[user_id] = deque()
                self._tasks.start(self._run_lane(user_id), "lane")
            self._lanes[user_id].append(waiting)

    async def _write(self, batch: Sequence[_Waiting], *, wait: bool) -> list[_Waiting]:
        """Commits a batch and answers its writers. Returns those whose user was locked."""
        try:
            rows = await self._create(batch, wait=wait)
        except Unavailable as error:
            _fail(batch, error)
            return []
        except Exception as error:  # noqa: BLE001 - every writer gets an answer, whatever went wrong
            if len(batch) == 1:
                _fail(batch, error)
                return []
            return await self._write_one_by_one(batch, wait=wait)
        return [waiting for waiting, row in zip(batch, rows, strict=True) if not _settle(waiting, row)]

    async def _write_one_by_one(self, batch: Sequence[_Waiting], *, wait: bool) -> list[_Waiting]:
        """After a batch that failed as a whole: one bad row must not take the others with it."""
        locked: list[_Waiting] = []
        for waiting in batch:
            locked += await self._write([waiting], wait=wait)
        return locked

    async def _create(self, batch: Sequence[_Waiting], *, wait: bool) -> list[asyncpg.Record]:
        """If the answer was lost it is asked for again: what was created counts as repeated then."""
        drafts = [waiting.draft for waiting in batch]
        deadline = time.monotonic() + OUTCOME_TIMEOUT
        lost = False
        while True:
            try:
                if len(drafts) == 1:
                    return await self._database.write(SQL["create"], *columns(drafts[0]), wait)
                return await self._database.write(SQL["create_batch"], *arrays(drafts), wait)
            except Unavailable as error:
                lost = lost or error.in_doubt
                if not lost or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(OUTCOME_INTERVAL)


def _take_batch(queue: deque[_Waiting]) -> list[_Waiting]:
    batch = [queue.popleft()]
    characters = len(batch[0].draft.content)
    while queue and len(batch) < BATCH_ROWS:
        characters += len(queue[0].draft.content)
        if characters > BATCH_CHARACTERS:
            break
        batch.append(queue.popleft())
    return batch


async def create_within(transaction: Transaction, draft: NewMessage) -> CreatedMessage | None:
    """As `MessageWriter.create`, in a transaction that does more."""
    row = await transaction.fetchrow(SQL["create"], *columns(draft), True)
    assert row is not None
    created = _outcome(draft, row)
    if created is not None:
        transaction.head = created.message.revision
    return created


def columns(draft: NewMessage) -> tuple[object, ...]:
    """The arguments of the statement `create`, but for whether to wait for a lock."""
    return (
        draft.user_id,
        draft.id,
        draft.conversation_id,
        draft.role,
        draft.content,
        orjson.dumps(draft.metadata).decode(),
        draft.fingerprint,
        draft.token_count,
        draft.model,
    )


def arrays(drafts: Sequence[NewMessage]) -> tuple[list[object], ...]:
    """The same for `create_batch`."""
    return tuple(map(list, zip(*map(columns, drafts), strict=True)))


def _settle(waiting: _Waiting, row: asyncpg.Record) -> bool:
    """Answers one writer. False if the user was locked, so that there is no answer yet."""
    if row["outcome"] == "locked":
        return False
    if waiting.result.done():
        return True
    try:
        waiting.result.set_result(_outcome(waiting.draft, row))
    except (DomainError, OtherModel) as error:
        waiting.result.set_exception(error)
    return True


def _outcome(draft: NewMessage, row: asyncpg.Record) -> CreatedMessage | None:
    """The message that was created, None for a repetition; raises what it was refused for."""
    match row["outcome"]:
        case "created":
            return CreatedMessage(draft.written(Revision(row["drawn"]), row["written_at"]), row["unnamed"])
        case "repeated":
            return None
        case "other_model":
            raise OtherModel(row["model"])
    raise _REFUSALS[row["outcome"]]


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.result.done():
            waiting.result.set_exception(error)
