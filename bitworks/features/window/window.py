"""Which messages of a conversation a model is given.

What is fixed is always in: what the system says, what is pinned, the newest message of the user. The rest is
taken from the newest back, up to the first that does not fit. A `tool` message goes with the nearest earlier
message that is not one: such a group is in or out as a whole.

Everything here is pure: whoever reads hands over what can be in, and totals of all that there is.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from bitworks.core.errors import WindowTooSmall
from bitworks.core.ids import MessageId
from bitworks.features.history.records import Role

Reason = Literal["system", "pinned", "recent", "summary"]
Cause = Literal["budget", "max_messages", "summarised"]

# What a message costs beside its text: its role, and where it begins and ends.
OVERHEAD = 4


@dataclass(frozen=True, slots=True)
class WindowMessage:
    """One message as it is given to a model. What is no message of the conversation has no id."""

    id: MessageId | None
    role: Role
    content: str
    token_count: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class DroppedRun:
    """Messages that are out, from a position to another; `token_count` is that of their texts."""

    reason: Cause
    count: int
    token_count: int
    from_position: int
    to_position: int


@dataclass(frozen=True, slots=True)
class Window:
    """`token_count` is what the messages cost, 4 more than its text for each; it is within `budget`.

    `reserved` is left for the answer. Not `exact`: the vocabulary of the model is not known, or some
    messages were counted in another one.
    """

    messages: list[WindowMessage]
    token_count: int
    budget: int
    reserved: int
    exact: bool
    dropped: list[DroppedRun]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that might be in. `content` may be missing where it cannot fit."""

    id: MessageId
    role: Role
    content: str | None
    token_count: int
    position: int
    vocabulary: str | None

    @property
    def cost(self) -> int:
        return self.token_count + OVERHEAD


Group = list[Candidate]


@dataclass(frozen=True, slots=True)
class Kept:
    """Messages that are in, and why."""

    reason: Reason
    messages: Group


@dataclass(frozen=True, slots=True)
class Stop:
    """Where taking from the newest back came to an end: at the newest message that is out."""

    reason: Cause
    position: int


def groups(messages: Sequence[Candidate]) -> list[Group]:
    """Messages in order, each `tool` with what it goes with."""
    found: list[Group] = []
    for message in messages:
        if message.role == "tool" and found:
            found[-1].append(message)
        else:
            found.append([message])
    return found


def cost(messages: Sequence[Candidate]) -> int:
    return sum(message.cost for message in messages)


def keep_fixed(fixed: Sequence[Candidate], pinned: Collection[str]) -> list[Kept]:
    """What is always in, given in order and in whole groups."""
    return [Kept(_reason(group, pinned), group) for group in groups(fixed)]


def _reason(group: Group, pinned: Collection[str]) -> Reason:
    if group[0].role == "system":
        return "system"
    return "pinned" if any(message.id in pinned for message in group) else "recent"


def take_recent(
    others: Sequence[Candidate], room: int, places: int | None, after: int = 0
) -> tuple[list[Group], Stop | None]:
    """From the newest back, what fits into `room` tokens and `places` messages and lies after a position.

    `others` are in order, and need not go further back than to the first group that does not fit.
    """
    taken: list[Group] = []
    for group in reversed(groups(others)):
        if (reason := _refusal(group, room, places, after)) is not None:
            return taken[::-1], Stop(reason, group[-1].position)
        taken.append(group)
        room -= cost(group)
        places = None if places is None else places - len(group)
    return taken[::-1], None


def _refusal(group: Group, room: int, places: int | None, after: int) -> Cause | None:
    if group[0].position <= after:
        return "summarised"
    if cost(group) > room:
        return "budget"
    return "max_messages" if places is not None and len(group) > places else None


def in_order(kept: Sequence[Kept]) -> Iterator[tuple[Candidate, Reason]]:
    """Every message that is in, as they were written, and why it is."""
    found = chain.from_iterable(((message, one.reason) for message in one.messages) for one in kept)
    return iter(sorted(found, key=lambda pair: pair[0].position))


def require_room(budget: int, needed: int) -> int:
    """What is left of a budget. Raises `WindowTooSmall`."""
    if needed > budget:
        raise WindowTooSmall(needed, budget)
    return budget - needed
