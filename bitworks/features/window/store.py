"""Reads the messages that can be in a window, from the newest back and no further than can fit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import asyncpg

from bitworks.core.cursors import MAX_REVISION
from bitworks.core.errors import NotFound
from bitworks.core.ids import ConversationId, UserId
from bitworks.features.window.choice import Candidates, Totals
from bitworks.features.window.window import (
    MESSAGE_OVERHEAD,
    WINDOW_BYTES,
    WINDOW_JSON,
    Candidate,
    cost,
    has_contents,
    places_of,
    within_json,
)
from bitworks.storage import queries
from bitworks.storage.database import Database

SQL = queries.load(__name__, "windows")
# PAGE_ROWS: messages read by one query; a window has seldom more.
PAGE_ROWS = 200


@dataclass(frozen=True, slots=True)
class ReadBounds:
    """How much is read, of WINDOW_BYTES of text at most."""

    pinned: Sequence[str]
    """Ids of the messages that are always in."""
    room: int
    """Tokens for messages; below zero nothing fits."""
    places: int | None
    """Messages that are not fixed; None for any number."""
    until: int = MAX_REVISION
    """The last position that is read."""
    summarised: int | None = None
    """The position up to which there is a summary; None if there is none."""


@dataclass(frozen=True, slots=True)
class WindowStore:
    """Reads the candidates of a window."""

    database: Database
    """The pool of connections."""

    async def read(self, user_id: UserId, conversation_id: ConversationId, bounds: ReadBounds) -> Candidates:
        """The candidates, from one snapshot. Raises `NotFound` for the conversation.

        If the fixed messages do not fit, into the room, WINDOW_BYTES or WINDOW_JSON, they come without contents, and
        alone.
        """
        async with self.database.snapshot() as connection:
            read = _Reading(connection, user_id, conversation_id)
            messages, tokens = await read.totals(bounds.until)
            fixed = await read.fixed(bounds)
            room = bounds.room - cost(fixed)
            others = await read.others(fixed, bounds, room) if has_contents(fixed) and room >= 0 else []
            first = await read.first(messages, fixed, others) if others else None
            behind = await read.behind(fixed, bounds) if others and bounds.summarised is not None else None
            return Candidates(Totals(messages, tokens, first), fixed, others, behind)


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

    async def fixed(self, bounds: ReadBounds) -> list[Candidate]:
        rows = await self._fetch(
            "fixed", bounds.until, list(bounds.pinned), bounds.room, MESSAGE_OVERHEAD, WINDOW_BYTES
        )
        found = [Candidate(*row) for row in rows]
        if _json_size(found) > WINDOW_JSON:
            return [replace(message, content=None) for message in found]
        return found

    async def others(self, fixed: Sequence[Candidate], bounds: ReadBounds, room: int) -> list[Candidate]:
        """Page after page, newest first, until the room, the bytes or the places are used up; in order."""
        found: list[Candidate] = []
        left, json_left = WINDOW_BYTES - _size(fixed), WINDOW_JSON - _json_size(fixed)
        positions = [message.position for message in fixed]
        before, limit = bounds.until + 1, _page_rows(bounds.places)
        while True:
            rows = await self._fetch("page", before, positions, limit, room, MESSAGE_OVERHEAD, left)
            page = within_json([Candidate(*row) for row in rows], json_left)
            found += page
            room -= cost(page)
            left -= _size(page)
            json_left -= _json_size(page)
            enough = bounds.places is not None and places_of(found) > bounds.places
            if room < 0 or left < 0 or enough or not has_contents(page) or len(rows) < limit:
                return found[::-1]
            before = found[-1].position

    async def first(
        self, messages: int, fixed: Sequence[Candidate], others: Sequence[Candidate]
    ) -> int | None:
        """The position of the oldest message that is not fixed, of so many that there are: of most all were read."""
        if len(fixed) + len(others) == messages:
            return others[0].position
        rows = await self._fetch("oldest", [message.position for message in fixed])
        return rows[0]["position"] if rows else None

    async def behind(self, fixed: Sequence[Candidate], bounds: ReadBounds) -> Totals:
        """Totals of the messages after the summary: those in the window, and those that fell out since."""
        positions = [message.position for message in fixed]
        rows = await self._fetch("between", bounds.summarised, bounds.until, positions)
        return Totals(*rows[0])

    async def _fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.connection.fetch(
            SQL[query], self.user_id, self.conversation_id, *arguments
        )
        return rows


def _size(messages: Sequence[Candidate]) -> int:
    return sum(message.size for message in messages)


def _json_size(messages: Sequence[Candidate]) -> int:
    return sum(message.json_size for message in messages)


def _page_rows(places: int | None) -> int:
    return PAGE_ROWS if places is None else min(PAGE_ROWS, places + 1)
