"""What clients have sent that is not handled yet: of the connections of one owner few may have much on its way."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from typing import Final

LARGE: Final = 256 * 1024
"""Bytes of a client that are kept, above which its connection takes a place."""
PACE: Final = 1024
"""Bytes a second in which a large message must come, as a large body of REST."""
PACE_WINDOW: Final = 15.0
"""Seconds over which that is measured."""


class Place:
    """The place of one connection, or its turn that has not come: `granted` tells which."""

    __slots__ = ("_on_turn", "granted", "owner", "timer")

    def __init__(self, owner: Hashable, on_turn: Callable[[], None]) -> None:
        self.owner = owner
        self.granted = False
        self.timer: asyncio.TimerHandle | None = None
        self._on_turn = on_turn

    def grant(self) -> None:
        """Gives the place, and says so in the next turn of the loop."""
        self.granted = True
        asyncio.get_running_loop().call_soon(self._on_turn)


class Places:
    """So many places for each owner, first come, first served; None: any number. An owner without one takes no memory.

    Nobody waits for the places of another owner.
    """

    def __init__(self, per_owner: int | None) -> None:
        self._per_owner = per_owner
        self._taken: dict[Hashable, int] = {}
        self._waiting: dict[Hashable, deque[Place]] = {}

    def enter(self, owner: Hashable, on_turn: Callable[[], None]) -> Place:
        """Returns a place that is granted, or one for which `on_turn` is called once it is."""
        place = Place(owner, on_turn)
        taken = self._taken.get(owner, 0)
        if self._per_owner is not None and taken >= self._per_owner:
            self._waiting.setdefault(owner, deque()).append(place)
        else:
            self._taken[owner] = taken + 1
            place.granted = True
        return place

    def leave(self, place: Place) -> None:
        """Gives a place back to the next who waits, or waits no more. Call it once for each place."""
        waiting = self._waiting.get(place.owner, deque())
        if not place.granted:
            waiting.remove(place)
        elif waiting:
            waiting.popleft().grant()
        else:
            self._release(place.owner)
        if not waiting:
            self._waiting.pop(place.owner, None)

    def _release(self, owner: Hashable) -> None:
        self._taken[owner] -= 1
        if not self._taken[owner]:
            del self._taken[owner]
