"""Group commit: how messages are inserted.

A write that finds no commit under way is committed at once. Writes that arrive during a commit are committed together
by the next one. A batch skips a user whose counter is locked by another transaction; the user's writes get a lane of
their own, so no user waits for the lock of another. The order of one user's writes is kept.

Large writes have a queue of their own, in turn by user: between two batches of it there is one of the others, so nobody
waits for all that somebody else pours in.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

import asyncpg
import orjson

from bitworks.core.errors import Deleted, DomainError, IdConflict, NotFound, Unauthorized, Unavailable
from bitworks.core.ids import ConversationId, MessageId, Revision, UserId
from bitworks.core.records import Json
from bitworks.features.history.kinds import MESSAGE
from bitworks.features.history.records import Message, Role
from bitworks.features.limits.turns import BATCH_CHARACTERS, LARGE, take_in_turn
from bitworks.features.models.counts import OtherModel
from bitworks.storage.database import Database
from bitworks.storage.revisions import OUTCOME_INTERVAL, OUTCOME_TIMEOUT, Transaction
from bitworks.tasks import Tasks

SQL = MESSAGE.statements
BATCH_ROWS = 256
"""Messages of one commit, at most."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A complete message to be created."""

    user_id: UserId
    """The user, who must own the conversation."""
    id: MessageId
    """The id, chosen by the client or the server."""
    conversation_id: ConversationId
    """The conversation, which must exist."""
    role: Role
    """Who wrote the message."""
    content: str
    """At most 1,000,000 characters."""
    metadata: Json
    """At most 16 KiB of JSON, and `vocabulary`, that of `token_count`."""
    fingerprint: bytes
    """The 16-byte hash of the request, by which its repetition is told from another creation."""
    token_count: int | None = None
    """The tokens of `content`, counted for `model`."""
    model: str | None = None
    """The model that the conversation must be for; None: it names none."""

    def as_message(self, revision: Revision, now: datetime) -> Message:
        """Returns the record of the message once it was created, under this revision at this time."""
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
    """The outcome of a creation that was no repetition."""

    message: Message
    """The record, as it was committed."""
    unnamed: bool
    """Whether its conversation has no title, which this message, a question, may give it."""


@dataclass(slots=True)
class _Waiting:
    """A write that waits for its commit, and its result: None for a repetition."""

    draft: NewMessage
    result: "asyncio.Future[CreatedMessage | None]"

    @property
    def user_id(self) -> UserId:
        return self.draft.user_id

    @property
    def size(self) -> int:
        """Characters, and at least what keeps a batch within BATCH_ROWS."""
        return max(len(self.draft.content), BATCH_CHARACTERS // BATCH_ROWS)


# By the outcome that the SQL function returns.
_REFUSALS: dict[str, type[DomainError]] = {
    "conflict": IdConflict,
    "deleted": Deleted,
    "not_found": NotFound,
    "no_user": Unauthorized,
}


class MessageWriter:
    """Writes messages in batches. One batch is under way at a time, beside the lanes of locked users.

    Close it before the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[_Waiting] = deque()
        # The large writes, and what their users have written since; those users have nothing in `_queue`.
        self._large: list[_Waiting] = []
        self._large_users: set[UserId] = set()
        self._large_next = False
        self._lanes: dict[UserId, deque[_Waiting]] = {}
        self._running = False
        self._tasks = Tasks("message_writer")

    async def create(self, draft: NewMessage) -> CreatedMessage | None:
        """Returns the message after its commit; None if it repeats the creation of one that exists.

        The calls of one user are committed in their order. Raises `OtherModel`, `IdConflict`, `Deleted`, `NotFound`
        (the conversation), `Unauthorized` (the account is gone) or `Unavailable`. If the caller is cancelled, the
        message may still be written.
        """
        waiting = _Waiting(draft, asyncio.get_running_loop().create_future())
        lane = self._lanes.get(draft.user_id)
        if lane is not None:
            lane.append(waiting)
        else:
            if len(draft.content) > LARGE or draft.user_id in self._large_users:
                self._add_large(waiting)
            else:
                self._queue.append(waiting)
            if not self._running:
                self._running = True
                self._tasks.start(self._run())
        return await waiting.result

    async def close(self) -> None:
        """Waits for the writes under way and those that wait. Call it when no more are made."""
        await self._tasks.finished()

    async def _run(self) -> None:
        try:
            while self._queue or self._large:
                await self._commit(self._next_batch())
        finally:
            self._running = False

    def _next_batch(self) -> list[_Waiting]:
        """Takes a batch of large writes and one of others by turns, where there are both."""
        if self._large and (self._large_next or not self._queue):
            self._large_next = False
            batch, left = take_in_turn(self._large, _user_of, _size_of)
            self._put_large(left)
            return batch
        self._large_next = True
        return _take_batch(self._queue)

    def _add_large(self, waiting: _Waiting) -> None:
        """Adds a write to the large ones, behind all that its user has waiting."""
        user_id = waiting.user_id
        if user_id not in self._large_users:
            self._large_users.add(user_id)
            self._large += self._withdraw(user_id)
        self._large.append(waiting)

    def _withdraw(self, user_id: UserId) -> list[_Waiting]:
        """Takes the user's writes out of the queue."""
        own = [waiting for waiting in self._queue if waiting.user_id == user_id]
        if own:
            self._queue = deque(waiting for waiting in self._queue if waiting.user_id != user_id)
        return own

    def _put_large(self, large: list[_Waiting]) -> None:
        self._large, self._large_users = large, {waiting.user_id for waiting in large}

    async def _run_lane(self, user_id: UserId) -> None:
        lane = self._lanes[user_id]
        # Waits for the lock, so no write of a lane is left unsettled. The lane grows while it is written.
        while lane:
            await self._write(_take_batch(lane), wait=True)
        del self._lanes[user_id]

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        locked: dict[UserId, deque[_Waiting]] = {}
        for waiting in await self._write(batch, wait=False):
            locked.setdefault(waiting.user_id, deque()).append(waiting)
        for user_id, lane in locked.items():
            # All that the user has waiting goes behind, as do the writes of `create` from here on: their order is kept.
            lane += self._withdraw(user_id)
            if user_id in self._large_users:
                lane += [waiting for waiting in self._large if waiting.user_id == user_id]
                self._put_large([waiting for waiting in self._large if waiting.user_id != user_id])
            self._lanes[user_id] = lane
            self._tasks.start(self._run_lane(user_id), "lane")

    async def _write(self, batch: Sequence[_Waiting], *, wait: bool) -> list[_Waiting]:
        """Commits a batch and settles its writes. Returns those that are not settled: their user was locked."""
        try:
            rows = await self._create(batch, wait=wait)
        except Unavailable as error:
            _fail(batch, error)
            return []
        except Exception as error:  # noqa: BLE001 - every write is settled, whatever went wrong
            if len(batch) == 1:
                _fail(batch, error)
                return []
            return await self._write_one_by_one(batch, wait=wait)
        return [waiting for waiting, row in zip(batch, rows, strict=True) if not _settle(waiting, row)]

    async def _write_one_by_one(self, batch: Sequence[_Waiting], *, wait: bool) -> list[_Waiting]:
        """Retries a batch that failed as a whole row by row, so that one bad row fails alone."""
        locked: list[_Waiting] = []
        for waiting in batch:
            locked += await self._write([waiting], wait=wait)
        return locked

    async def _create(self, batch: Sequence[_Waiting], *, wait: bool) -> list[asyncpg.Record]:
        """Runs the statement; again, for up to OUTCOME_TIMEOUT, if its result was lost.

        Run again, a write that was committed is a repetition, whose result is the same to the caller.
        """
        drafts = [waiting.draft for waiting in batch]
        deadline = time.monotonic() + OUTCOME_TIMEOUT
        lost = False
        while True:
            try:
                if len(drafts) == 1:
                    return await self._database.write(SQL["create"], *columns(drafts[0]), wait)
                return await self._database.write(SQL["create_batch"], *arrays(drafts), wait)
            except Unavailable as error:
                # Run again only if it may have been committed: any other failure is for the client to repeat.
                lost = lost or error.in_doubt
                if not lost or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(OUTCOME_INTERVAL)


_user_of = attrgetter("user_id")
_size_of = attrgetter("size")


def _take_batch(queue: deque[_Waiting]) -> list[_Waiting]:
    batch = [queue.popleft()]  # however long it is
    characters = len(batch[0].draft.content)
    while queue and len(batch) < BATCH_ROWS:
        characters += len(queue[0].draft.content)
        if characters > BATCH_CHARACTERS:
            break
        batch.append(queue.popleft())
    return batch


async def create_within(transaction: Transaction, draft: NewMessage) -> CreatedMessage | None:
    """As `MessageWriter.create`, within a transaction that does more: the message draws the next revision."""
    row = await transaction.fetchrow(SQL["create"], *columns(draft), True)
    assert row is not None
    created = _outcome(draft, row)
    if created is not None:
        transaction.head = created.message.revision
    return created


def columns(draft: NewMessage) -> tuple[object, ...]:
    """Returns the arguments of the statement `create`, without the last: whether to wait for the user's lock."""
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
    """Returns the arguments of the statement `create_batch`, without the last: an array of each column."""
    return tuple(map(list, zip(*map(columns, drafts), strict=True)))


def _settle(waiting: _Waiting, row: asyncpg.Record) -> bool:
    """Settles one write. Returns False if its user was locked, so that it was not written."""
    if row["outcome"] == "locked":
        return False
    if waiting.result.done():
        return True  # the caller was cancelled
    try:
        waiting.result.set_result(_outcome(waiting.draft, row))
    except (DomainError, OtherModel) as error:
        waiting.result.set_exception(error)
    return True


def _outcome(draft: NewMessage, row: asyncpg.Record) -> CreatedMessage | None:
    """Returns the message that was created, None for a repetition; raises the error of any other outcome."""
    match row["outcome"]:
        case "created":
            return CreatedMessage(draft.as_message(Revision(row["drawn"]), row["written_at"]), row["unnamed"])
        case "repeated":
            return None
        case "other_model":
            raise OtherModel(row["model"])
    raise _REFUSALS[row["outcome"]]


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.result.done():
            waiting.result.set_exception(error)
