"""Which messages of a conversation a model is given.

Fixed messages are always in: those of the system, the pinned ones, the newest of the user. The rest is
taken from the newest back, up to the first that does not fit. A `tool` message goes with the nearest earlier
message that is not one: such a group is in or out as a whole. What says nothing costs nothing, and is not given.

Everything here is pure: it is given the messages that can be in, and totals of all that there are.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from bitworks.core.encoding import to_json
from bitworks.core.errors import WindowTooSmall
from bitworks.core.ids import MessageId
from bitworks.features.history.records import Role

KeepReason = Literal["system", "pinned", "recent", "summary"]
DropReason = Literal["budget", "max_messages", "summarised"]

# MESSAGE_OVERHEAD: tokens that a message costs beside its text, for its role and its two delimiters.
MESSAGE_OVERHEAD = 4
# WINDOW_BYTES: bytes of text in a window, at most, whatever its budget is: some two million tokens, which is more than
# models take. What is beyond falls out as if it were over budget.
WINDOW_BYTES = 8 * 1024 * 1024
# WINDOW_JSON: bytes of the same text as JSON, at most. Quotes, backslashes and new lines take two there, so that only a
# text of other control characters, which take six, is bounded by it.
WINDOW_JSON = 2 * WINDOW_BYTES


@dataclass(frozen=True, slots=True)
class WindowMessage:
    """One message as it is given to a model.

    `id` is null for the system prompt and the summary, which are no messages of the conversation. `token_count` is
    that of `content` alone.
    """

    id: MessageId | None
    """Null for the system prompt and the summary."""
    role: Role
    """The role of the message."""
    content: str
    """Its text."""
    token_count: int
    """The tokens of its text alone."""
    reason: KeepReason
    """Why it is in."""


@dataclass(frozen=True, slots=True)
class DroppedRun:
    """`count` messages that are out, for one reason, from a position to another, both included.

    `token_count` is that of their texts alone.
    """

    reason: DropReason
    """Why they are out."""
    count: int
    """How many they are."""
    token_count: int
    """The tokens of their texts."""
    from_position: int
    """The position of the oldest."""
    to_position: int
    """The position of the newest."""


@dataclass(frozen=True, slots=True)
class Window:
    """The messages that a model is given, in order, and those that it is not.

    `token_count` is what the messages cost, 4 tokens more than its text for each; it is within `budget`. `reserved`
    tokens are left for the reply. Not `exact`: the vocabulary of the model is not known, or some messages were
    counted in another one.
    """

    messages: list[WindowMessage]
    """In order."""
    token_count: int
    """What they cost, within `budget`."""
    budget: int
    """Tokens for all messages."""
    reserved: int
    """Tokens left for the reply."""
    exact: bool
    """Whether every message was counted in the vocabulary of the model."""
    dropped: list[DroppedRun]
    """Messages that are out, oldest first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that might be in.

    `content` is None where it cannot fit. `token_count` is that of its text, in the named vocabulary; `position` is
    that of its creation, among all changes of its user.
    """

    id: MessageId
    """The message."""
    role: Role
    """Its role."""
    content: str | None
    """Its text; None where it cannot fit."""
    token_count: int
    """The tokens of its text alone."""
    position: int
    """The revision of its creation."""
    vocabulary: str | None
    """The vocabulary that it was counted in; None for a message from before messages were counted."""
    silent: bool = False
    """Whether it says nothing, such as an answer that ended before its first word: it is given to no model."""
    size: int = 0
    """Bytes of its text."""

    @property
    def cost(self) -> int:
        """Tokens that it takes of a budget."""
        return 0 if self.silent else self.token_count + MESSAGE_OVERHEAD

    @property
    def json_size(self) -> int:
        """Bytes of its text as JSON, as far as it was read."""
        return 0 if self.content is None else len(to_json(self.content))


Group = list[Candidate]


@dataclass(frozen=True, slots=True)
class KeptGroup:
    """Messages that are in or out together, and why they are in."""

    reason: KeepReason
    """Why they are in."""
    messages: Group
    """A `tool` message with the one that called the tool, in order."""


@dataclass(frozen=True, slots=True)
class Cutoff:
    """Where taking from the newest back came to an end: the position of the newest message that is out, and why."""

    reason: DropReason
    """Why that message is out."""
    position: int
    """Its position."""


def groups(messages: Sequence[Candidate]) -> list[Group]:
    """Messages in order, each `tool` message in the group of the one that called the tool."""
    found: list[Group] = []
    for message in messages:
        if message.role == "tool" and found:
            found[-1].append(message)
        else:
            found.append([message])
    return found


def cost(messages: Sequence[Candidate]) -> int:
    """Tokens that these messages take of a budget."""
    return sum(message.cost for message in messages)


def places_of(messages: Sequence[Candidate]) -> int:
    """How many of these messages count as such."""
    return sum(not message.silent for message in messages)


def has_contents(messages: Sequence[Candidate]) -> bool:
    """Whether the text of each was read: it was not where they are over budget, or over WINDOW_BYTES or WINDOW_JSON."""
    return all(message.content is not None for message in messages)


def within_json(messages: Sequence[Candidate], room: int) -> list[Candidate]:
    """The messages, from the first on, up to the one with which they are more than so many bytes of JSON, which comes
    without its content.
    """
    for at, message in enumerate(messages):
        room -= message.json_size
        if room < 0:
            return [*messages[:at], replace(message, content=None)]
    return list(messages)


def keep_fixed(fixed: Sequence[Candidate], pinned: Collection[str]) -> list[KeptGroup]:
    """The fixed messages by group, with the reason. They are given in order and in whole groups."""
    return [KeptGroup(_reason(group, pinned), group) for group in groups(fixed)]


def _reason(group: Group, pinned: Collection[str]) -> KeepReason:
    if group[0].role == "system":
        return "system"
    return "pinned" if any(message.id in pinned for message in group) else "recent"


def take_recent(
    others: Sequence[Candidate], room: int, places: int | None, after: int = 0
) -> tuple[list[Group], Cutoff | None]:
    """From the newest back, what fits into `room` tokens and `places` messages and lies after a position.

    `others` are in order, and need not go further back than to the first group that does not fit.
    """
    taken: list[Group] = []
    for group in reversed(groups(others)):
        if (reason := _refusal(group, room, places, after)) is not None:
            return taken[::-1], Cutoff(reason, group[-1].position)
        taken.append(group)
        room -= cost(group)
        places = None if places is None else places - places_of(group)
    return taken[::-1], None


def _refusal(group: Group, room: int, places: int | None, after: int) -> DropReason | None:
    if group[0].position <= after:
        return "summarised"
    if cost(group) > room or not has_contents(group):
        return "budget"
    return "max_messages" if places is not None and places_of(group) > places else None


def in_order(kept: Sequence[KeptGroup]) -> Iterator[tuple[Candidate, KeepReason]]:
    """Every message that is in, oldest first, and why it is."""
    found = chain.from_iterable(((message, one.reason) for message in one.messages) for one in kept)
    return iter(sorted(found, key=lambda pair: pair[0].position))


def require_contents(fixed: Sequence[Candidate], budget: int) -> None:
    """Raises `WindowTooSmall` if the fixed messages, which are within the budget, are more than the window may have."""
    if not has_contents(fixed):
        raise WindowTooSmall(
            cost(fixed),
            budget,
            f"What is always in the window is more than {WINDOW_BYTES // 2**20} MiB of text, "
            f"or than {WINDOW_JSON // 2**20} MiB of JSON.",
        )


def require_room(budget: int, needed: int) -> int:
    """Tokens left of a budget. Raises `WindowTooSmall` if more are needed."""
    if needed > budget:
        raise WindowTooSmall(needed, budget)
    return budget - needed
