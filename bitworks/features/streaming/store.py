"""Messages that grow, in PostgreSQL: who owns them, what was written of them, and how they end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from bitworks.core.changes import change_of
from bitworks.core.encoding import canonical_json
from bitworks.core.errors import Closed, InvalidInput, NotFound
from bitworks.core.fields import OBJECT_LIMIT
from bitworks.core.ids import MessageId, UserId
from bitworks.core.records import Json, Message, Status
from bitworks.features.history.store.message_writer import NewMessage
from bitworks.features.history.store.messages import SQL as MESSAGES
from bitworks.features.models.counts import Count, Counted
from bitworks.features.streaming.text_buffer import Piece, units
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.revisions import Revisions, Transaction, Written

SQL = {**queries.load(__name__, "streams"), "get": MESSAGES["get"]}

# A message without append or heartbeat for so long has lost its producer.
# A heartbeat may be noted two seconds late.
SILENCE = 62.0  # seconds
# For so long after a write nobody takes the message over from the one who wrote.
LEASE = 0.25  # seconds


# The owner of a message that waits for whoever will write it.
NOBODY = ""


class TakenOver(Exception):
    """Another instance owns the message now."""


class StillAlive(Exception):
    """The producer of the message was heard of."""


@dataclass(frozen=True, slots=True)
class Found:
    """A message as it is. `owner` is None if it has ended; `ended_by` tells which call did that."""

    status: Status
    ended_by: bytes | None
    owner: str | None
    fence: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What its new owner must know: `length` in UTF-16 code units, `errand` the last one that was done."""

    fence: int
    length: int
    errand: str | None
    characters: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A piece to be written under a fence."""

    user_id: UserId
    id: MessageId
    fence: int
    piece: Piece
    errand: str | None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a message ends. `call` is the fingerprint of the call that asks for it, `count` counts the text.

    It may be asked more than once, for a text that has grown. `rest` gives, for the length that is written,
    what else is known of the text. With `fence`, only its
    owner may end it; with `if_silent`, only if its producer has died.
    """

    status: Status
    call: bytes | None
    metadata: Json
    count: Count
    rest: Callable[[int], str] = lambda _: ""
    fence: int | None = None
    if_silent: bool = False


@dataclass(frozen=True, slots=True)
class _CountedText:
    """The tokens of the text that a message has, as far as it is known, under a fence at a length.

    Under one fence a text only grows: where both are the same, so is the text.
    """

    fence: int
    length: int
    counted: Counted


@dataclass(frozen=True, slots=True)
class Streams:
    database: Database
    revisions: Revisions

    async def open(self, new: NewMessage, owner: str) -> Written[Message]:
        """A new message that streams; a repeated creation gives it as it is now."""
        async with self.revisions.writing(new.user_id) as transaction:
            existing = await transaction.fetchrow(SQL["existing"], new.user_id, new.id)
            known = existing["fingerprint"] if existing else None
            await transaction.refuse_reuse("message", new.id, known, new.fingerprint)
            if existing:
                return Written(await _get(transaction, new.id), None)
            message = await open_within(transaction, new, owner)
        return Written(message, change_of(message))

    async def find(self, user_id: UserId, id_: MessageId) -> Found:
        row = await self.database.fetchrow(SQL["find"], user_id, id_)
        if row is None:
            raise NotFound
        return Found(*row)

    async def claim(self, user_id: UserId, id_: MessageId, owner: str, seen: int) -> Claim | None:
        """Makes `owner` the owner, if nobody did since the fence `seen` or has written within the lease."""
        row = await self.database.fetchrow(SQL["claim"], user_id, id_, owner, seen, SILENCE, LEASE)
        return None if row is None else Claim(*row)

    async def write(self, drafts: Sequence[Draft], *, durable: bool) -> set[tuple[UserId, MessageId]]:
        """Writes pieces, in one commit; gives the messages whose piece was written.

        The others are no longer owned under this fence, or hold something else than was thought.
        """
        rows = await self.database.fetch(SQL["write"], *_columns(drafts), durable, SILENCE)
        return {(row["user_id"], row["id"]) for row in rows}

    async def length_owned(self, user_id: UserId, id_: MessageId, fence: int) -> int | None:
        """How much of it is written; None if it has ended or is owned by another."""
        row = await self.database.fetchrow(SQL["owned"], user_id, id_)
        return row["length"] if row is not None and row["fence"] == fence else None

    async def end(self, user_id: UserId, id_: MessageId, ending: Ending) -> Written[Message]:
        """The message at its end; a repetition of the call that ended it gives it as it is now.

        Raises `Closed` if another call was first, `TakenOver` for another fence, `StillAlive`.
        Counting a long text takes its time: the user's counter is locked only after it.
        """
        ahead = await self._count_ahead(user_id, id_, ending)
        async with self.revisions.writing(user_id) as transaction:
            open_ = await transaction.fetchrow(SQL["lock"], user_id, id_)
            if open_ is None:
                return Written(await _ended(transaction, id_, ending.call), None)
            if ending.fence not in (None, open_["fence"]):
                raise TakenOver
            if ending.if_silent and not open_["silent"]:
                raise StillAlive
            counted = await _count(transaction, id_, open_, ending, ahead)
            message = await _end(transaction, id_, open_, ending, counted)
        return Written(message, change_of(message))

    async def _count_ahead(self, user_id: UserId, id_: MessageId, ending: Ending) -> _CountedText | None:
        """None if it has ended."""
        row = await self.database.fetchrow(SQL["text"], user_id, id_)
        return None if row is None else await _counted(row, ending)

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


async def open_within(transaction: Transaction, new: NewMessage, owner: str) -> Message:
    """A new message that streams, in a transaction that may do more. Its id must be a new one."""
    message = await _insert(transaction, new)
    await transaction.execute(SQL["open"], new.user_id, new.id, owner, units(new.content), SILENCE)
    return message


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
    return await _get(transaction, id_)


async def _end(
    transaction: Transaction,
    id_: MessageId,
    open_: asyncpg.Record,
    ending: Ending,
    counted: Counted,
) -> Message:
    metadata = {**open_["metadata"], **ending.metadata}
    if len(canonical_json(metadata)) > OBJECT_LIMIT:
        raise InvalidInput.of("metadata", "must leave the metadata at most 16 KiB of JSON")
    rest = ending.rest(open_["length"])
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
    return Message(*row)


async def _count(
    transaction: Transaction,
    id_: MessageId,
    open_: asyncpg.Record,
    ending: Ending,
    ahead: _CountedText | None,
) -> Counted:
    """What was counted ahead, unless the text, or the model, has become another since."""
    now = open_["fence"], open_["length"] + units(ending.rest(open_["length"])), open_["model"]
    if ahead is not None and now == (ahead.fence, ahead.length, ahead.counted.model):
        return ahead.counted
    row = await transaction.fetchrow(SQL["text"], transaction.user_id, id_)
    assert row is not None
    return (await _counted(row, ending)).counted


async def _counted(row: asyncpg.Record, ending: Ending) -> _CountedText:
    rest = ending.rest(row["length"])
    counted = await ending.count(row["content"] + rest, row["model"])
    return _CountedText(row["fence"], row["length"] + units(rest), counted)


async def _get(transaction: Transaction, id_: MessageId) -> Message:
    row = await transaction.fetchrow(SQL["get"], transaction.user_id, id_)
    if row is None:
        raise NotFound
    return Message(*row)


def _columns(drafts: Sequence[Draft]) -> tuple[list[object], ...]:
    return (
        [d.user_id for d in drafts],
        [d.id for d in drafts],
        [d.fence for d in drafts],
        [d.piece.start for d in drafts],
        [d.piece.end - d.piece.start for d in drafts],
        [d.piece.text for d in drafts],
        [d.errand for d in drafts],
    )


def _joined(rows: Sequence[asyncpg.Record]) -> dict[MessageId, Piece]:
    starts: dict[MessageId, int] = {}
    parts: dict[MessageId, list[str]] = {}
    for row in rows:
        starts.setdefault(row["id"], row["start"])
        parts.setdefault(row["id"], []).append(row["text"])
    texts = {id_: "".join(some) for id_, some in parts.items()}
    return {id_: Piece(starts[id_], starts[id_] + units(text), text) for id_, text in texts.items()}
