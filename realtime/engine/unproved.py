"""The sessions that have not proved anything yet, and how many of them an address may have."""

import asyncio
from collections.abc import Sequence
from typing import Final

from bitworks.realtime.engine.connection import Connection
from bitworks.realtime.engine.errors import TooManySessions

PLACE_KEPT: Final = float(TooManySessions.retry_after)
"""Seconds for which a session that ended without a proof keeps its place. They bound how often an address can try."""


CountedAs = Sequence[tuple[str, int]]
"""The keys under which a session is counted, such as its address and its network, and how many times as many places as
one address each of them has."""


class Unproved:
    """Places for unproved sessions: `per_address` for each address, `total` for all; None: any number.

    Where one address has too many, the newest is refused; where all together have, the oldest is closed, since those
    who have something to prove do so at once.
    """

    def __init__(self, per_address: int | None, total: int | None) -> None:
        self._per_address = per_address
        self._total = total
        # Oldest first.
        self._sessions: dict[Connection, CountedAs] = {}
        # Those that have proved something, also if that was taken back since.
        self._proved: dict[Connection, CountedAs] = {}
        # Places taken, by key; keys without one are absent.
        self._taken: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._sessions

    def check(self, counted_as: CountedAs) -> None:
        """Raises TooManySessions if there is no place for one more."""
        if self._per_address is not None:
            for key, times in counted_as:
                if self._taken.get(key, 0) >= self._per_address * times:
                    raise TooManySessions

    def add(self, connection: Connection, counted_as: CountedAs) -> None:
        """Gives a session its place."""
        for key, _ in counted_as:
            self._taken[key] = self._taken.get(key, 0) + 1
        self._sessions[connection] = counted_as
        if self._total is not None and len(self._sessions) > self._total:
            next(iter(self._sessions)).close("too many sessions that join nothing")

    def proved(self, connection: Connection) -> None:
        """Frees the place of a session, if it has one: it counts no more."""
        if counted_as := self._sessions.pop(connection, ()):
            self._proved[connection] = counted_as
            self._release(counted_as)

    def again(self, connection: Connection) -> None:
        """Gives a session that had proved something a place again. Raises TooManySessions if there is none."""
        counted_as = self._proved.get(connection, ())
        self.check(counted_as)
        self.add(connection, counted_as)

    def ended(self, connection: Connection) -> None:
        """Frees the place of a session, if it has one; after PLACE_KEPT seconds if it never proved anything."""
        counted_as = self._sessions.pop(connection, ())
        if self._proved.pop(connection, None) is not None:
            self._release(counted_as)
        elif counted_as:
            asyncio.get_running_loop().call_later(PLACE_KEPT, self._release, counted_as)

    def _release(self, counted_as: CountedAs) -> None:
        for key, _ in counted_as:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
