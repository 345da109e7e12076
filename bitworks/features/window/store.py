"""What a window needs of a conversation: read from the newest back, and no further than can fit."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from bitworks.core.cursors import MAX_REVISION
from bitworks.core.errors import NotFound
from bitworks.core.ids import ConversationId, UserId
from bitworks.features.window.choice import Readable, Totals
from bitworks.features.window.window import OVERHEAD, Candidate, cost
from bitworks.storage import queries
from bitworks.storage.database import Database

SQL = queries.load(__name__, "windows")
PAGE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Bounds:
    """`room`: tokens for messages; `places`: how many, None for any. Only what was written until `until`.

    `summarised`: the position up to which there is a summary.
    """

    pinned: Sequence[str]
    room: int
    places: int | None
    until: int = MAX_REVISION
    summarised: int | None = None


@dataclass(frozen=True, slots=True)
class WindowStore:
    """Reads what can be in a window."""

    database: Database

    async def read(self, user_id: UserId, conversation_id: ConversationId, bounds: Bounds) -> Readable:
        """In one snapshot. If what is fixed does not fit, it comes without contents, and alone."""
        async with self.database.snapshot() as connection:
            read = _Reading(connection, user_id, conversation_id)
            messages, tokens = await read.totals(bounds.until)
            fixed = await read.fixed(bounds)
            room = bounds.room - cost(fixed)
            others = await read.others(fixed, bounds, room) if room >= 0 else []
            first = await read.oldest(fixed) if others else None
            behind = await read.behind(fixed, bounds) if others and bounds.summarised is not None else None
            return Readable(Totals(messages, tokens, first), fixed, others, behind)


@dataclass(frozen=True, slots=True)
class _Reading:
    connection: asyncpg.Connection
    user_id: UserId
    conversation_id: ConversationId

    async def totals(self, until: int) -> tuple[int, int]:
        rows = await self._fetch("totals", until)
        if not rows:
            raise NotFound
        return rows[0]["messages"], rows[0]["tokens"]

    async def fixed(self, bounds: Bounds) -> list[Candidate]:
        rows = await self._fetch("fixed", bounds.until, list(bounds.pinned), bounds.room, OVERHEAD)
        return [Candidate(*row) for row in rows]

    async def others(self, fixed: Sequence[Candidate], bounds: Bounds, room: int) -> list[Candidate]:
        """Newest first while reading: a page may end within what fits."""
        found: list[Candidate] = []
        positions = [message.position for message in fixed]
        before, limit = bounds.until + 1, _page_rows(bounds.places)
        while True:
            rows = await self._fetch("page", before, positions, limit, room, OVERHEAD)
            page = [Candidate(*row) for row in rows]
            found += page
            room -= cost(page)
            enough = bounds.places is not None and len(found) > bounds.places
            if room < 0 or enough or len(rows) < limit:
                return found[::-1]
            before = found[-1].position

    async def oldest(self, fixed: Sequence[Candidate]) -> int | None:
        rows = await self._fetch("oldest", [message.position for message in fixed])
        return rows[0]["position"] if rows else None

    async def behind(self, fixed: Sequence[Candidate], bounds: Bounds) -> Totals:
        """What the summary does not stand for: what the window gives, and what fell out since."""
        positions = [message.position for message in fixed]
        rows = await self._fetch("between", bounds.summarised, bounds.until, positions)
        return Totals(*rows[0])

    async def _fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.connection.fetch(
            SQL[query], self.user_id, self.conversation_id, *arguments
        )
        return rows


def _page_rows(places: int | None) -> int:
    return PAGE_ROWS if places is None else min(PAGE_ROWS, places + 1)
