"""Messages that grow, in PostgreSQL: who owns them, what was written of them, and how they end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from bitworks.core.changes import Written, changed, unchanged
from bitworks.core.encoding import canonical_json
from bitworks.core.errors import Closed, InvalidInput, NotFound
from bitworks.core.fields import OBJECT_LIMIT
from bitworks.core.ids import MessageId, UserId
from bitworks.core.records import Json
from bitworks.core.text import Piece, from_unit, units
from bitworks.features.history.kinds import MESSAGE
from bitworks.features.history.records import Message, Status
from bitworks.features.history.store.message_writer import NewMessage
from bitworks.features.models.counts import Counted
from bitworks.features.streaming.timings import StreamTimings
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.revisions import Revisions, Transaction

SQL = queries.load(__name__, "streams")

# The owner of a message that waits for whoever will write it.
NO_OWNER = ""


class TakenOver(Exception):
    """Another instance owns the message now."""


class ProducerAlive(Exception):
    """The producer of the message was heard of."""


class CountOutdated(Exception):
    """The text has grown, or is for another model, since it was counted: count again."""


@dataclass(frozen=True, slots=True)
class StreamState:
    """A message as it is. `owner` is None if it has ended; `ended_by` tells which call did that.

    `at` is when it was so, by PostgreSQL's clock.
    """

    status: Status
    ended_by: bytes | None
    owner: str | None
    fence: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """What its new owner must know: `length` in UTF-16 code units, `last_call` the last owner call that was done."""

    fence: int
    length: int
    last_call: str | None
    characters: int


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A piece to be written under a fence."""

    user_id: UserId
    id: MessageId
    fence: int
    piece: Piece
    last_call: str | None


@dataclass(frozen=True, slots=True)
class StreamText:
    """The text of a message that streams, under a fence, `length` in UTF-16 code units, and its model."""

    fence: int
    length: int
    content: str
    model: str | None


@dataclass(frozen=True, slots=True)
class CountedText:
    """The tokens of a text that has this length, in UTF-16 code units, under this fence.

    Under one fence a text only grows: where both are the same, so is the text.
    """

    fence: int
    length: int
    counted: Counted


@dataclass(frozen=True, slots=True)
class StreamEnding:
    """How a message ends. `call` is the fingerprint of the call that asks for it.

    `tail` is the end of the text as its owner holds it, from what is certainly written on; None for anybody else.
    With `fence`, only its owner may end it; with `if_silent`, only if its producer has died.
    """

    status: Status
    call: bytes | None
    metadata: Json
    tail: Piece | None = None
    fence: int | None = None
    if_silent: bool = False

    def rest(self, length: int) -> str:
        """What the owner holds beyond this length, which is written."""
        if self.tail is None or length >= self.tail.end:
            return ""
        return from_unit(self.tail.text, length - self.tail.start)


@dataclass(frozen=True, slots=True)
class StreamStore:
    """Reads and writes what streams."""

    database: Database
    revisions: Revisions
    timings: StreamTimings

    async def open(self, new: NewMessage, owner: str) -> Written[Message]:
        """A new message that streams; a repeated creation gives it as it is now."""
        async with self.revisions.writing(new.user_id) as transaction:
            existing = await transaction.repeated(MESSAGE, new.id, new.fingerprint)
            if existing is not None:
                return unchanged(existing)
            return changed(await self.open_within(transaction, new, owner))

    async def open_within(self, transaction: Transaction, new: NewMessage, owner: str) -> Message:
        """A new message that streams, in a transaction that may do more. Its id must be a new one."""
        message = await _insert(transaction, new)
        length, silence = units(new.content), self.timings.silence
        await transaction.execute(SQL["open"], new.user_id, new.id, owner, length, transaction.now, silence)
        return message

    async def find(self, user_id: UserId, id_: MessageId) -> StreamState:
        row = await self.database.fetchrow(SQL["find"], user_id, id_)
        if row is None:
            raise NotFound
        return StreamState(*row)

    async def claim(self, user_id: UserId, id_: MessageId, owner: str, seen: StreamState) -> Claim | None:
        """Makes `owner` the owner, if no other was made so since it was `seen`, nor had written within the lease."""
        row = await self.database.fetchrow(
            SQL["claim"], user_id, id_, owner, seen.fence, seen.at, self.timings.silence, self.timings.lease
        )
        return None if row is None else Claim(*row)

    async def insert_chunks(
        self, drafts: Sequence[ChunkDraft], *, durable: bool
    ) -> set[tuple[UserId, MessageId]]:
        """Writes pieces, in one commit; gives the messages whose piece was written.

        The others are no longer owned under this fence, or hold something else than was thought.
        """
        rows = await self.database.fetch(SQL["write"], *_columns(drafts), durable, self.timings.silence)
        return {(row["user_id"], row["id"]) for row in rows}

    async def length_owned(self, user_id: UserId, id_: MessageId, fence: int) -> int | None:
        """How much of it is written; None if it has ended or is owned by another."""
        row = await self.database.fetchrow(SQL["owned"], user_id, id_)
        return row["length"] if row is not None and row["fence"] == fence else None

    async def text(self, user_id: UserId, id_: MessageId) -> StreamText | None:
        """What is written of it; None if it has ended."""
        row = await self.database.fetchrow(SQL["text"], user_id, id_)
        return None if row is None else StreamText(*row)

    async def end(
        self, user_id: UserId, id_: MessageId, ending: StreamEnding, counted: CountedText | None
    ) -> Written[Message]:
        """The message at its end; a repetition of the call that ended it gives it as it is now.

        `counted` is of the text with the tail; None if it had ended before it could be counted. Raises
        `CountOutdated` if the text or the model has become another since, `Closed` if another call was first,
        `TakenOver` for another fence, `ProducerAlive`.
        """
        async with self.revisions.writing(user_id) as transaction:
            open_ = await transaction.fetchrow(SQL["lock"], user_id, id_)
            if open_ is None:
                return unchanged(await _ended(transaction, id_, ending.call))
            if ending.fence not in (None, open_["fence"]):
                raise TakenOver
            if ending.if_silent and not open_["silent"]:
                raise ProducerAlive
            rest = ending.rest(open_["length"])
            now = open_["fence"], open_["length"] + units(rest), open_["model"]
            if counted is None or now != (counted.fence, counted.length, counted.counted.model):
                raise CountOutdated
            return changed(await _end(transaction, id_, open_, ending, rest, counted.counted))

    async def silent(self) -> list[tuple[UserId, MessageId]]:
        """Messages of anybody whose producer has died; a hundred at most."""
        return [(row["user_id"], row["id"]) for row in await self.database.fetch(SQL["silent"])]

    async def lengths(self, user_ids: Sequence[UserId]) -> dict[tuple[UserId, MessageId], int]:
        """The open messages of these users, and how much of each is written."""
        rows = await self.database.fetch(SQL["lengths"], list(user_ids))
        return {(row["user_id"], row["id"]): row["length"] for row in rows}

    async def texts(self, user_id: UserId, known: Mapping[MessageId, int]) -> dict[MessageId, Piece]:
        """Of these open messages, what lies beyond the length that is known, and maybe some text before it.

        What has ended is left out.
        """
        rows = await self.database.fetch(SQL["texts"], user_id, list(known), list(known.values()))
        return _joined(rows)


async def _insert(transaction: Transaction, new: NewMessage) -> Message:
    touched = (transaction.user_id, new.conversation_id, transaction.now)
    if await transaction.fetchrow(SQL["touch_conversation"], *touched) is None:
        raise NotFound
    row = await transaction.fetchrow(
        SQL["insert"],
        transaction.user_id,
        new.id,
        new.conversation_id,
        new.role,
        new.content,
        new.metadata,
        transaction.now,
        transaction.draw(),
        new.fingerprint,
    )
    assert row is not None
    return Message(*row)


async def _ended(transaction: Transaction, id_: MessageId, call: bytes | None) -> Message:
    found = await transaction.fetchrow(SQL["find"], transaction.user_id, id_)
    if found is None:
        raise NotFound
    if call is None or found["ended_by"] != call:
        raise Closed(found["status"])
    return await transaction.current(MESSAGE, id_)


async def _end(
    transaction: Transaction,
    id_: MessageId,
    open_: asyncpg.Record,
    ending: StreamEnding,
    rest: str,
    counted: Counted,
) -> Message:
    metadata = {**open_["metadata"], **ending.metadata}
    if len(canonical_json(metadata)) > OBJECT_LIMIT:
        raise InvalidInput.of("metadata", "must leave the metadata at most 16 KiB of JSON")
    row = await transaction.fetchrow(
        SQL["end"],
        transaction.user_id,
        id_,
        rest,
        ending.status,
        counted.named_in(metadata),
        ending.call,
        transaction.draw(),
        counted.tokens,
    )
    assert row is not None
    message = Message(*row)
    ended = (transaction.user_id, id_, message.conversation_id, transaction.now)
    await transaction.execute(SQL["ended"], *ended)
    return message


def _columns(drafts: Sequence[ChunkDraft]) -> tuple[list[object], ...]:
    return (
        [d.user_id for d in drafts],
        [d.id for d in drafts],
        [d.fence for d in drafts],
        [d.piece.start for d in drafts],
        [d.piece.end - d.piece.start for d in drafts],
        [d.piece.text for d in drafts],
        [d.last_call for d in drafts],
    )


def _joined(rows: Sequence[asyncpg.Record]) -> dict[MessageId, Piece]:
    starts: dict[MessageId, int] = {}
    parts: dict[MessageId, list[str]] = {}
    for row in rows:
        starts.setdefault(row["id"], row["start"])
        parts.setdefault(row["id"], []).append(row["text"])
    texts = {id_: "".join(some) for id_, some in parts.items()}
    return {id_: Piece(starts[id_], starts[id_] + units(text), text) for id_, text in texts.items()}
