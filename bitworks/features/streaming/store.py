"""Streaming messages in PostgreSQL: their owners, the text that is written of them, and their endings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from bitworks.core.changes import Written, changed, unchanged
from bitworks.core.encoding import canonical_json
from bitworks.core.errors import Closed, InvalidInput, NotFound, RateLimited
from bitworks.core.fields import OBJECT_LIMIT
from bitworks.core.ids import MessageId, UserId
from bitworks.core.records import Json
from bitworks.core.text import Piece, from_unit, units
from bitworks.features.history.kinds import MESSAGE
from bitworks.features.history.records import Message, Status
from bitworks.features.history.store.message_writer import NewMessage
from bitworks.features.models.counts import TokenCount
from bitworks.features.streaming.timings import StreamTimings
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.revisions import Revisions, Transaction

SQL = queries.load(__name__, "streams")

# The owner of a message that waits for its first append: any instance may claim it.
NO_OWNER = ""
# OPEN_PER_USER: messages of one user that stream at once, replies aside. Every device that connects is sent each of
# them whole, and each instance with a device of the user compares their lengths every second.
OPEN_PER_USER = 100
# OPEN_RETRY_AFTER: seconds after which a user who has too many is asked to try again: one may have ended.
OPEN_RETRY_AFTER = 10
# SILENT_AT_ONCE: messages whose producer has died that are given by one look.
SILENT_AT_ONCE = 100


class TakenOver(Exception):
    """Another instance owns the message now."""


class ProducerAlive(Exception):
    """The producer of the message has sent a heartbeat."""


class CountOutdated(Exception):
    """The text has grown, or the model has changed, since the text was counted: count again."""


@dataclass(frozen=True, slots=True)
class StreamState:
    """A message as it was read."""

    status: Status
    """Whether it streams, or how it ended."""
    ended_by: bytes | None
    """The fingerprint of the call that ended it; None while it streams, or if no call did."""
    owner: str | None
    """The name of an instance, or `NO_OWNER`; None if it has ended."""
    fence: int | None
    """The fence of that owner; None if it has ended."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the new owner of a message must know."""

    fence: int
    """The fence of the new owner."""
    length: int
    """UTF-16 code units that are written."""
    last_call: str | None
    """The id of the last owner call that was performed; None for none."""
    characters: int
    """Code points that are written."""


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A piece of text to be written under a fence. An empty piece is a heartbeat."""

    user_id: UserId
    """The user of the message."""
    id: MessageId
    """The message."""
    fence: int
    """The fence under which its owner writes."""
    piece: Piece
    """The text, and where it begins and ends."""
    last_call: str | None
    """The id of the owner call that brought it; None where none did."""


@dataclass(frozen=True, slots=True)
class StreamText:
    """The text of a streaming message under a fence."""

    fence: int
    """The fence of its owner."""
    length: int
    """UTF-16 code units of the text."""
    content: str
    """The text."""
    model: str | None
    """The model of its conversation, in whose vocabulary it is counted; None where none is named."""


@dataclass(frozen=True, slots=True)
class CountedText:
    """The tokens of a text that has this length under this fence.

    Under one fence a text only grows: where both are the same, so is the text.
    """

    fence: int
    """The fence under which the text was read."""
    length: int
    """UTF-16 code units of the text."""
    counted: TokenCount
    """Its tokens."""


@dataclass(frozen=True, slots=True)
class StreamEnding:
    """How a message ends."""

    status: Status
    """The status that it gets."""
    fingerprint: bytes | None
    """The fingerprint of the call that ends it, by which a repetition is told; None where no call does."""
    metadata: Json
    """Keys that are added to those of the message."""
    tail: Piece | None = None
    """The end of the text, from what is durable on, as its owner holds it; None from any other instance."""
    fence: int | None = None
    """The fence that its owner must have, else the ending is refused; None for any."""
    if_silent: bool = False
    """Whether the ending is refused unless the producer has died."""

    def rest(self, length: int) -> str:
        """The text of the tail beyond this length, in UTF-16 code units, up to which the text is written."""
        if self.tail is None or length >= self.tail.end:
            return ""
        return from_unit(self.tail.text, length - self.tail.start)


@dataclass(frozen=True, slots=True)
class StreamStore:
    """Reads and writes streaming messages."""

    database: Database
    """The pool of connections."""
    revisions: Revisions
    """Draws the revisions of changes."""
    timings: StreamTimings
    """In seconds."""

    async def open(self, new: NewMessage, owner: str) -> Written[Message]:
        """Creates a streaming message; a repeated creation gives it as it is now.

        Raises `NotFound` for the conversation, `IdConflict`, `Deleted`, `RateLimited` if too many stream.
        """
        async with self.revisions.writing(new.user_id) as transaction:
            existing = await transaction.repeated(MESSAGE, new.id, new.fingerprint)
            if existing is not None:
                return unchanged(existing)
            await _require_share(transaction)
            return changed(await self.open_within(transaction, new, owner))

    async def open_within(self, transaction: Transaction, new: NewMessage, owner: str) -> Message:
        """Creates a streaming message within a transaction; its id must be new. Raises `NotFound`."""
        row = await transaction.fetchrow(
            SQL["open"],
            transaction.user_id,
            new.id,
            new.conversation_id,
            new.role,
            new.content,
            new.metadata,
            transaction.now,
            transaction.draw(),
            new.fingerprint,
            owner,
            units(new.content),
            self.timings.silence,
        )
        if row is None:
            raise NotFound
        return Message(*row)

    async def find(self, user_id: UserId, id_: MessageId) -> StreamState:
        """The state of a message, which may have ended. Raises `NotFound`."""
        row = await self.database.fetchrow(SQL["find"], user_id, id_)
        if row is None:
            raise NotFound
        return StreamState(*row)

    async def claim(self, user_id: UserId, id_: MessageId, owner: str, seen: StreamState) -> Claim | None:
        """Makes `owner` the owner; None if the owner changed since the state was `seen`, or wrote within its lease.

        The new owner's lease begins after the call of this method.
        """
        row = await self.database.fetchrow(
            SQL["claim"], user_id, id_, owner, seen.fence, self.timings.silence, self.timings.lease
        )
        return None if row is None else Claim(*row)

    async def insert_chunks(
        self, drafts: Sequence[ChunkDraft], *, durable: bool
    ) -> set[tuple[UserId, MessageId]]:
        """Writes pieces in one commit; gives the messages whose piece was written.

        The others are owned under another fence, have another length than the start of the piece, or are locked.
        With `durable` the commit waits for the disk, and makes all commits before it durable too.
        """
        rows = await self.database.fetch(SQL["write"], *_columns(drafts), durable, self.timings.silence)
        return {(row["user_id"], row["id"]) for row in rows}

    async def length_owned(self, user_id: UserId, id_: MessageId, fence: int) -> int | None:
        """UTF-16 code units that are written of the message; None if it has ended or has another fence."""
        row = await self.database.fetchrow(SQL["owned"], user_id, id_)
        return row["length"] if row is not None and row["fence"] == fence else None

    async def text(self, user_id: UserId, id_: MessageId) -> StreamText | None:
        """The text that is written of the message; None if it has ended."""
        row = await self.database.fetchrow(SQL["text"], user_id, id_)
        return None if row is None else StreamText(*row)

    async def end(
        self, user_id: UserId, id_: MessageId, ending: StreamEnding, counted: CountedText | None
    ) -> Written[Message]:
        """Ends the message and gives it; a repetition of the call that ended it gives it as it is now.

        `counted` is of the text with the tail; None if the message had ended before. Raises `NotFound`,
        `CountOutdated` if the text or the model has become another since, `Closed` if another call was first,
        `TakenOver` for another fence, `ProducerAlive`.
        """
        async with self.revisions.writing(user_id) as transaction:
            open_ = await transaction.fetchrow(SQL["lock"], user_id, id_)
            if open_ is None:
                return unchanged(await _ended(transaction, id_, ending.fingerprint))
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
        """At most `SILENT_AT_ONCE` messages whose producer has died, of all instances, in turn by user."""
        rows = await self.database.fetch(SQL["silent"], SILENT_AT_ONCE)
        return [(row["user_id"], row["id"]) for row in rows]

    async def lengths(self, user_ids: Sequence[UserId]) -> dict[tuple[UserId, MessageId], int]:
        """The streaming messages of these users, and the UTF-16 code units that are written of each."""
        rows = await self.database.fetch(SQL["lengths"], list(user_ids))
        return {(row["user_id"], row["id"]): row["length"] for row in rows}

    async def texts(self, user_id: UserId, known: Mapping[MessageId, int]) -> dict[MessageId, Piece]:
        """The text of these messages beyond their known length, in UTF-16 code units, and maybe some text before it.

        Messages that have ended are left out.
        """
        rows = await self.database.fetch(SQL["texts"], user_id, list(known), list(known.values()))
        return _joined(rows)


async def _require_share(transaction: Transaction) -> None:
    row = await transaction.fetchrow(SQL["open_count"], transaction.user_id, OPEN_PER_USER)
    assert row is not None
    if row["streaming"] >= OPEN_PER_USER:
        raise RateLimited(OPEN_RETRY_AFTER, f"{OPEN_PER_USER} messages of this user are streaming")


async def _ended(transaction: Transaction, id_: MessageId, fingerprint: bytes | None) -> Message:
    found = await transaction.fetchrow(SQL["find"], transaction.user_id, id_)
    if found is None:
        raise NotFound
    if fingerprint is None or found["ended_by"] != fingerprint:
        raise Closed(found["status"])
    return await transaction.current(MESSAGE, id_)


async def _end(
    transaction: Transaction,
    id_: MessageId,
    open_: asyncpg.Record,
    ending: StreamEnding,
    rest: str,
    counted: TokenCount,
) -> Message:
    metadata = {**open_["metadata"], **ending.metadata}
    # It said why the text had not begun: see `docs/replies.md`.
    metadata.pop("reply", None)
    if len(canonical_json(metadata)) > OBJECT_LIMIT:
        raise InvalidInput.of("metadata", "must leave the metadata at most 16 KiB of JSON")
    row = await transaction.fetchrow(
        SQL["end"],
        transaction.user_id,
        id_,
        rest,
        ending.status,
        counted.named_in(metadata),
        ending.fingerprint,
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
