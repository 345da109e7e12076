"""Chooses the messages of a window from the candidates that were read of a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from bitworks.features.models.known_models import known_model
from bitworks.features.window.policy import WindowPolicy
from bitworks.features.window.window import (
    MESSAGE_OVERHEAD,
    Candidate,
    Cutoff,
    DroppedRun,
    Group,
    KeepReason,
    KeptGroup,
    Window,
    WindowMessage,
    cost,
    in_order,
    keep_fixed,
    places_of,
    require_contents,
    require_room,
    take_recent,
)


@dataclass(frozen=True, slots=True)
class Totals:
    """How many messages there are, without those that stream, and the tokens of their texts.

    `first` is the position of the oldest; None if there is none.
    """

    messages: int
    """How many messages there are."""
    tokens: int
    """The tokens of their texts."""
    first: int | None = None
    """The position of the oldest; None if there is none."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The messages that can be in."""

    totals: Totals
    """The totals of all messages; but `first` is of the oldest that is not fixed."""
    fixed: Sequence[Candidate]
    """Messages that are always in, in order."""
    others: Sequence[Candidate]
    """The rest from the newest back, in order: at least those that fit and the first that does not."""
    unsummarised: Totals | None = None
    """The totals of the messages after the summary that are not fixed; None where there is no summary."""


@dataclass(frozen=True, slots=True)
class Preface:
    """A text before the messages: the system prompt, or the summary of the messages up to `through`, a position.

    `token_count` is that of `content` alone, in the named vocabulary.
    """

    content: str
    """The text."""
    token_count: int
    """The tokens of the text alone."""
    vocabulary: str
    """The vocabulary that it was counted in."""
    reason: KeepReason
    """`system` or `summary`."""
    through: int = 0
    """The position of the last message that a summary stands for; 0 for the system prompt."""

    @property
    def cost(self) -> int:
        """Tokens that it takes of the budget."""
        return self.token_count + MESSAGE_OVERHEAD


@dataclass(frozen=True, slots=True)
class _Selection:
    prefaces: Sequence[Preface]
    fixed: list[KeptGroup]
    recent: list[Group]
    cutoff: Cutoff | None

    @property
    def taken(self) -> Group:
        return list(chain.from_iterable(self.recent))


def choose(
    policy: WindowPolicy, read: Candidates, system: Preface | None = None, summary: Preface | None = None
) -> Window:
    """The window. Raises `WindowTooSmall` if the system prompt and the fixed messages are over budget.

    A summary is in only where something is out, and where there is room for it beside what is always in.
    """
    prefaces = [system] if system else []
    selection = _select(policy, read, prefaces)
    if summary is None or selection.cutoff is None or _room(policy, read, [*prefaces, summary]) < 0:
        return _window(policy, selection, _dropped(read, selection))
    selection = _select(policy, read, [*prefaces, summary], summary.through)
    return _window(policy, selection, _dropped_beside_summary(read, selection, summary))


def _select(
    policy: WindowPolicy, read: Candidates, prefaces: Sequence[Preface], after: int = 0
) -> _Selection:
    room = require_room(policy.budget, policy.budget - _room(policy, read, prefaces))
    require_contents(read.fixed, policy.budget)
    fixed = keep_fixed(read.fixed, policy.pinned)
    places = policy.max_messages
    if places is not None:
        places -= sum(places_of(one.messages) for one in fixed if one.reason == "recent")
    return _Selection(prefaces, fixed, *take_recent(read.others, room, places, after))


def _room(policy: WindowPolicy, read: Candidates, prefaces: Sequence[Preface]) -> int:
    return policy.budget - sum(preface.cost for preface in prefaces) - cost(read.fixed)


def _window(policy: WindowPolicy, selection: _Selection, dropped: list[DroppedRun]) -> Window:
    kept = [*selection.fixed, *(KeptGroup("recent", group) for group in selection.recent)]
    messages = [WindowMessage(None, "system", p.content, p.token_count, p.reason) for p in selection.prefaces]
    vocabularies: set[str | None] = {preface.vocabulary for preface in selection.prefaces}
    for message, reason in in_order(kept):
        if message.silent:
            continue
        assert message.content is not None, "what is in was read with its content"
        messages.append(WindowMessage(message.id, message.role, message.content, message.token_count, reason))
        vocabularies.add(message.vocabulary)
    return Window(
        messages=messages,
        token_count=sum(message.token_count + MESSAGE_OVERHEAD for message in messages),
        budget=policy.budget,
        reserved=policy.reserved,
        exact=_is_exact(policy.model, vocabularies),
        dropped=dropped,
    )


def _is_exact(model: str | None, vocabularies: set[str | None]) -> bool:
    known = known_model(model)
    return known is not None and known.vocabulary is not None and vocabularies <= {known.vocabulary}


def _dropped(read: Candidates, selection: _Selection) -> list[DroppedRun]:
    """All that is out, as one run: the totals less what is in."""
    if selection.cutoff is None:
        return []
    inside = [*read.fixed, *selection.taken]
    count = read.totals.messages - len(inside)
    tokens = read.totals.tokens - sum(message.token_count for message in inside)
    first = read.totals.first or selection.cutoff.position
    return [DroppedRun(selection.cutoff.reason, count, tokens, first, selection.cutoff.position)]


def _dropped_beside_summary(read: Candidates, selection: _Selection, summary: Preface) -> list[DroppedRun]:
    """Two runs: the messages that the summary stands for, and those that fell out since it was written."""
    behind = read.unsummarised
    assert behind is not None
    assert selection.cutoff is not None
    count = read.totals.messages - len(read.fixed) - behind.messages
    tokens = read.totals.tokens - sum(m.token_count for m in read.fixed) - behind.tokens
    first = read.totals.first or summary.through
    runs = [DroppedRun("summarised", count, tokens, first, summary.through)]
    lost, lost_tokens = behind.messages - len(selection.taken), behind.tokens - _tokens(selection.taken)
    if selection.cutoff.reason != "summarised" and behind.first is not None:
        runs.append(
            DroppedRun(selection.cutoff.reason, lost, lost_tokens, behind.first, selection.cutoff.position)
        )
    return [run for run in runs if run.count]


def _tokens(messages: Sequence[Candidate]) -> int:
    return sum(message.token_count for message in messages)
