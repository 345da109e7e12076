"""Puts a window together from what was read of a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from bitworks.features.models.known_models import known_model
from bitworks.features.window.policy import WindowPolicy
from bitworks.features.window.window import (
    OVERHEAD,
    Candidate,
    DroppedRun,
    Group,
    Kept,
    Reason,
    Stop,
    Window,
    WindowMessage,
    cost,
    in_order,
    keep_fixed,
    require_room,
    take_recent,
)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of messages that have ended; `first` is the position of the oldest."""

    messages: int
    tokens: int
    first: int | None = None


@dataclass(frozen=True, slots=True)
class Readable:
    """What can be in: `fixed` is, of `others` there is at least what fits and the first that does not.

    Both are in order. `totals` are of all messages, but `totals.first` is the oldest that is not fixed;
    `unsummarised` are those behind the summary that are not fixed, where there is one.
    """

    totals: Totals
    fixed: Sequence[Candidate]
    others: Sequence[Candidate]
    unsummarised: Totals | None = None


@dataclass(frozen=True, slots=True)
class Preface:
    """What is said before the messages: the system's text, or a summary of those up to a position."""

    content: str
    token_count: int
    vocabulary: str
    reason: Reason
    through: int = 0

    @property
    def cost(self) -> int:
        return self.token_count + OVERHEAD


@dataclass(frozen=True, slots=True)
class _Choice:
    prefaces: Sequence[Preface]
    fixed: list[Kept]
    recent: list[Group]
    stop: Stop | None

    @property
    def taken(self) -> Group:
        return list(chain.from_iterable(self.recent))


def choose(
    policy: WindowPolicy, read: Readable, system: Preface | None = None, summary: Preface | None = None
) -> Window:
    """The window. Raises `WindowTooSmall` if what is always in is over budget.

    A summary is in only where something is out, and where there is room for it beside what is always in.
    """
    said = [system] if system else []
    choice = _choose(policy, read, said)
    if summary is None or choice.stop is None or _room(policy, read, [*said, summary]) < 0:
        return _window(policy, choice, _dropped(read, choice))
    choice = _choose(policy, read, [*said, summary], summary.through)
    return _window(policy, choice, _dropped_beside_summary(read, choice, summary))


def _choose(policy: WindowPolicy, read: Readable, said: Sequence[Preface], after: int = 0) -> _Choice:
    room = require_room(policy.budget, policy.budget - _room(policy, read, said))
    fixed = keep_fixed(read.fixed, policy.pinned)
    places = policy.max_messages
    if places is not None:
        places -= sum(len(one.messages) for one in fixed if one.reason == "recent")
    return _Choice(said, fixed, *take_recent(read.others, room, places, after))


def _room(policy: WindowPolicy, read: Readable, said: Sequence[Preface]) -> int:
    return policy.budget - sum(preface.cost for preface in said) - cost(read.fixed)


def _window(policy: WindowPolicy, choice: _Choice, dropped: list[DroppedRun]) -> Window:
    kept = [*choice.fixed, *(Kept("recent", group) for group in choice.recent)]
    messages = [WindowMessage(None, "system", p.content, p.token_count, p.reason) for p in choice.prefaces]
    vocabularies: set[str | None] = {preface.vocabulary for preface in choice.prefaces}
    for message, reason in in_order(kept):
        assert message.content is not None, "what is in was read with its content"
        messages.append(WindowMessage(message.id, message.role, message.content, message.token_count, reason))
        vocabularies.add(message.vocabulary)
    return Window(
        messages=messages,
        token_count=sum(message.token_count + OVERHEAD for message in messages),
        budget=policy.budget,
        reserved=policy.reserved,
        exact=_is_exact(policy.model, vocabularies),
        dropped=dropped,
    )


def _is_exact(model: str | None, vocabularies: set[str | None]) -> bool:
    known = known_model(model)
    return known is not None and known.vocabulary is not None and vocabularies <= {known.vocabulary}


def _dropped(read: Readable, choice: _Choice) -> list[DroppedRun]:
    """All that is out: what there is less what is in."""
    if choice.stop is None:
        return []
    inside = [*read.fixed, *choice.taken]
    count = read.totals.messages - len(inside)
    tokens = read.totals.tokens - sum(message.token_count for message in inside)
    first = read.totals.first or choice.stop.position
    return [DroppedRun(choice.stop.reason, count, tokens, first, choice.stop.position)]


def _dropped_beside_summary(read: Readable, choice: _Choice, summary: Preface) -> list[DroppedRun]:
    """What the summary stands for, and what fell out since it was written."""
    behind = read.unsummarised
    assert behind is not None
    assert choice.stop is not None
    count = read.totals.messages - len(read.fixed) - behind.messages
    tokens = read.totals.tokens - sum(m.token_count for m in read.fixed) - behind.tokens
    first = read.totals.first or summary.through
    runs = [DroppedRun("summarised", count, tokens, first, summary.through)]
    lost, lost_tokens = behind.messages - len(choice.taken), behind.tokens - _tokens(choice.taken)
    if choice.stop.reason != "summarised" and behind.first is not None:
        runs.append(DroppedRun(choice.stop.reason, lost, lost_tokens, behind.first, choice.stop.position))
    return [run for run in runs if run.count]


def _tokens(messages: Sequence[Candidate]) -> int:
    return sum(message.token_count for message in messages)
