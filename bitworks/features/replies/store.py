"""Replies in PostgreSQL: which message replies to which question, and which worker has it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from bitworks.core.changes import Change, Written, change_of, changed
from bitworks.core.clock import Clock
from bitworks.core.encoding import fingerprint
from bitworks.core.errors import Busy, InvalidInput, NotFound, RateLimited
from bitworks.core.ids import ConversationId, MessageId, UserId
from bitworks.features.history.records import AskedMessage, Message, Reply
from bitworks.features.history.store.conversations import hand_title_over, name_within
from bitworks.features.history.store.message_writer import NewMessage, create_within
from bitworks.features.history.store.messages import SQL as MESSAGES
from bitworks.features.replies.producers.producer import ProducerError
from bitworks.features.replies.retries import Retrying
from bitworks.features.streaming.store import NO_OWNER, StreamStore
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.jobs import Job, Jobs
from bitworks.storage.revisions import Revisions, Transaction

SQL = queries.load(__name__, "replies")
# QUEUE_LIMIT: replies of one conversation that may wait for their turn.
QUEUE_LIMIT = 10

# UNFINISHED_RETRY_AFTER: seconds after which a user who has too many is asked to try again: an answer may have ended.
UNFINISHED_RETRY_AFTER = 10


@dataclass(frozen=True, slots=True)
class ReplyShares:
    """What one user may have of the replies, counted over all processes."""

    at_once: int = 10
    """Replies that are worked on at once."""
    unfinished: int = 50
    """Replies that are worked on or wait; more are refused."""


QueueState = Literal["due", "queued"]


@dataclass(frozen=True, slots=True)
class NewReply:
    """A reply to be created."""

    message_id: MessageId
    """The new message that it fills."""
    delivery_id: str
    """A UUID, sent to a workflow at every try."""
    enqueue: bool
    """Whether it waits while another reply is under way in the conversation; else it is `Busy`."""


@dataclass(frozen=True, slots=True)
class CreatedReply:
    """The question with its reply, and the changes that were made, in order of revision; none by a repetition."""

    question: AskedMessage
    """The question with its reply."""
    changes: list[Change]
    """The changes that were made, in order of revision; none by a repetition."""


@dataclass(frozen=True, slots=True, eq=False)
class ReplyJob(Job):
    """A reply that a worker has claimed; its id is that of its message."""

    conversation_id: ConversationId
    """The conversation of the message that it replies to."""
    question_id: MessageId
    """The message that it replies to."""
    delivery_id: str
    """A UUID, the same at every try."""
    title: str | None
    """The provisional title of the conversation, which the reply may replace; None if it has none to replace."""
    delivered_at: datetime | None
    """When a workflow accepted the request; None if none did yet."""
    error: ProducerError | None
    """Why the last try failed, for a request whose tries are over; None for any other."""
    retrying: bool
    """Whether its message says that it is tried again."""

    @property
    def message_id(self) -> MessageId:
        """The message that the reply fills."""
        return MessageId(self.id)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A request that no workflow accepted."""

    user_id: UserId
    """The user who asked."""
    message_id: MessageId
    """The message of the reply, by whose id the letter is named."""
    conversation_id: ConversationId
    """The conversation of the question."""
    question_id: MessageId
    """The message that it replies to."""
    delivery_id: str
    """A UUID, the same when it is replayed."""
    tries: int
    """How often the request was sent."""
    dead_at: datetime
    """When it was given up."""
    error: ProducerError
    """The error of the last try."""


# Gives the question, and the changes that creating it made; None if it was created, with its reply, before.
FindQuestion = Callable[[Transaction], Awaitable[tuple[Message, list[Change]] | None]]


class LostJob(Exception):
    """The message of a job has ended, or another worker has the job."""


class ReplyStore(Jobs[ReplyJob]):
    """Reads and writes replies. A reply is a job from the moment its turn has come."""

    def __init__(
        self, database: Database, revisions: Revisions, streams: StreamStore, now: Clock, shares: ReplyShares
    ) -> None:
        super().__init__(database, SQL, ReplyJob, due_takes=(shares.at_once,))
        self.shares = shares
        self.revisions = revisions
        self.streams = streams
        self._now = now

    # Creating

    async def ask_with(self, new: NewMessage, new_reply: NewReply) -> CreatedReply:
        """Creates a question and its reply, or neither. A repeated creation creates no other reply.

        Raises `Busy`, `RateLimited`, and what a creation raises.
        """

        async def question(transaction: Transaction) -> tuple[Message, list[Change]] | None:
            created = await create_within(transaction, new)
            return None if created is None else (created.message, [change_of(created.message)])

        return await self._ask(new.user_id, new.id, question, new_reply)

    async def ask(self, user_id: UserId, id_: MessageId, new_reply: NewReply) -> CreatedReply:
        """Creates a reply to a question; for the id of a reply, another one to the same question.

        Raises `NotFound`, `InvalidInput`, `Busy`, `RateLimited`.
        """

        async def question(transaction: Transaction) -> tuple[Message, list[Change]] | None:
            return await _question(transaction, id_), []

        return await self._ask(user_id, id_, question, new_reply)

    async def _ask(
        self,
        user_id: UserId,
        id_: MessageId,
        find: FindQuestion,
        new_reply: NewReply,
    ) -> CreatedReply:
        async with self.revisions.writing(user_id) as transaction:
            made = await find(transaction)
            if made is None:
                return await _asked_before(transaction, id_)
            question, changes = made
            state = await _state(transaction, question, new_reply)
            await self._require_share(transaction)
            opening = _message(user_id, question, new_reply)
            message = await self.streams.open_within(transaction, opening, NO_OWNER)
            named = await name_within(transaction, question.conversation_id)
            title = await hand_title_over(transaction, question.conversation_id)
            await transaction.execute(
                SQL["insert"], user_id, message.id, question.conversation_id, question.id, question.position,
                state, new_reply.delivery_id, title,
            )  # fmt: skip
        changes += [change_of(message), *([change_of(named)] if named else [])]
        reply = Reply(message.id, "queued" if state == "queued" else "streaming")
        return CreatedReply(_with(question, reply), changes)

    async def _require_share(self, transaction: Transaction) -> None:
        most = self.shares.unfinished
        row = await transaction.fetchrow(SQL["unfinished"], transaction.user_id, most)
        assert row is not None
        if row["replies"] >= most:
            raise RateLimited(UNFINISHED_RETRY_AFTER, f"{most} answers of this user are under way or wait")

    # Working

    async def leave(self, job: ReplyJob) -> None:
        """Releases the job to the next worker. Until that claims it, no heartbeat is expected of the message."""
        await self.database.execute(SQL["wait"], job.user_id, job.message_id)
        await self.release(job)

    async def settle_ended(self, job: ReplyJob) -> None:
        """Ends a reply whose message has ended, and gives the next one its turn; a reply that has ended stays so."""
        async with self.revisions.writing(job.user_id) as transaction:
            await transaction.execute(SQL["settle_ended"], job.user_id, job.message_id, transaction.now)

    async def note_try(self, job: ReplyJob) -> None:
        """Counts a try that is about to begin. Raises `LostJob`."""
        await self._note("note_try", job)

    async def note_pause(self, job: ReplyJob, seconds: float) -> None:
        """Notes that the next try is so far away; until then others of the user have their turns. Raises `LostJob`."""
        await self._note("note_pause", job, await self.database.now() + timedelta(seconds=seconds))

    async def note_delivery(self, job: ReplyJob) -> datetime:
        """Notes that a workflow accepted the request, and gives the time. Raises `LostJob`."""
        delivered_at: datetime = await self._note("note_delivery", job, self._now())
        return delivered_at

    async def _note(self, statement: str, job: ReplyJob, *arguments: object) -> Any:
        row = await self.database.fetchrow(SQL[statement], job.user_id, job.message_id, job.fence, *arguments)
        if row is None:
            raise LostJob
        return row[0]

    async def note_progress(self, job: ReplyJob, progress: Retrying | None) -> Written[Message]:
        """Says in the message of a reply without text how it goes on; None takes that away. Raises `LostJob`."""
        async with self.revisions.writing(job.user_id) as transaction:
            row = await transaction.fetchrow(
                SQL["note_progress"], job.user_id, job.message_id, job.fence, progress, transaction.draw()
            )
            if row is None:
                raise LostJob
            return changed(Message(*row))

    async def bury(self, job: ReplyJob, error: ProducerError) -> None:
        """Keeps the request that no workflow accepted as a dead letter, for an operator to replay."""
        await self.database.execute(SQL["bury"], job.user_id, job.message_id, job.fence, error, self._now())

    # Dead letters

    async def dead(self) -> list[DeadLetter]:
        """The dead letters of all users, the oldest first."""
        return [DeadLetter(*row) for row in await self.database.fetch(SQL["dead"])]

    async def replay(self, letter: DeadLetter, message_id: MessageId) -> CreatedReply:
        """Creates another reply to the question of a dead letter, with its delivery id; the letter is gone then.

        Raises `NotFound`.
        """

        async def question(transaction: Transaction) -> tuple[Message, list[Change]] | None:
            if await transaction.fetchrow(SQL["raise_dead"], letter.user_id, letter.message_id) is None:
                raise NotFound
            return await _question(transaction, letter.question_id), []

        new_reply = NewReply(message_id, letter.delivery_id, enqueue=True)
        return await self._ask(letter.user_id, letter.question_id, question, new_reply)


async def _question(transaction: Transaction, id_: MessageId) -> Message:
    """This message of a user, or the one that this reply is to. Raises `NotFound`, `InvalidInput`."""
    found = await transaction.fetchrow(SQL["question"], transaction.user_id, id_)
    if found is None:
        raise NotFound
    asked = id_ if found["role"] == "user" else found["reply_to"]
    row = asked and await transaction.fetchrow(MESSAGES["get"], transaction.user_id, asked)
    if not row:
        raise InvalidInput.of("id", "must be of a message of the user, or of an answer to one")
    return Message(*row)


async def _asked_before(transaction: Transaction, id_: MessageId) -> CreatedReply:
    row = await transaction.fetchrow(MESSAGES["get"], transaction.user_id, id_)
    reply = await transaction.fetchrow(SQL["of_question"], transaction.user_id, id_)
    assert row is not None
    return CreatedReply(_with(Message(*row), Reply(*reply) if reply else None), [])


async def _state(transaction: Transaction, question: Message, new_reply: NewReply) -> QueueState:
    """Whether the turn of a new reply has come. Raises `Busy` with the ids of the messages under way."""
    rows = await transaction.fetch(SQL["under_way"], transaction.user_id, question.conversation_id)
    if not rows:
        return "due"
    if not new_reply.enqueue or sum(row["queued"] for row in rows) >= QUEUE_LIMIT:
        raise Busy([row["id"] for row in rows])
    return "queued"


def _message(user_id: UserId, question: Message, new_reply: NewReply) -> NewMessage:
    return NewMessage(
        user_id=user_id,
        id=new_reply.message_id,
        conversation_id=question.conversation_id,
        role="assistant",
        content="",
        metadata={"reply_to": question.id},
        fingerprint=fingerprint(["reply", question.id]),
    )


def _with(question: Message, reply: Reply | None) -> AskedMessage:
    fields = {name: getattr(question, name) for name in Message.__slots__}
    return AskedMessage(**fields, reply=reply)
