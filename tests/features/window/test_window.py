"""The laws of the window, over any conversation."""

from itertools import chain, groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.core.errors import WindowTooSmall
from bitworks.core.ids import MessageId
from bitworks.features.window.choice import Candidates, Preface, Totals, choose
from bitworks.features.window.policy import WindowPolicy
from bitworks.features.window.window import MESSAGE_OVERHEAD, Candidate, Window, groups

ROLES = st.sampled_from(["user", "assistant", "tool", "system"])
SYSTEM = Preface("Be brief.", 3, "o200k_base", "system")


@st.composite
def conversations(draw: st.DrawFn) -> list[Candidate]:
    """Messages in order, at positions with holes between them."""
    sizes = draw(st.lists(st.tuples(ROLES, st.integers(0, 30)), max_size=25))
    return [
        Candidate(MessageId(f"m{n}"), role, f"text {n}", tokens, 2 * n + 1, "o200k_base")  # type: ignore[arg-type]
        for n, (role, tokens) in enumerate(sizes)
    ]


@st.composite
def asked(draw: st.DrawFn) -> tuple[list[Candidate], WindowPolicy]:
    messages = draw(conversations())
    ids = [message.id for message in messages]
    pinned = draw(st.lists(st.sampled_from(ids), max_size=3, unique=True)) if ids else []
    return messages, a_policy(
        budget=draw(st.integers(-10, 400)),
        pinned=tuple(pinned),
        max_messages=draw(st.none() | st.integers(1, 12)),
    )


def a_policy(**fields: Any) -> WindowPolicy:
    known = {
        "model": "gpt-4o", "system": None, "pinned": (), "max_messages": None, "budget": 100, "reserved": 10,
        "summarises": False,
    }  # fmt: skip
    return WindowPolicy(**{**known, **fields})


def is_fixed(group: list[Candidate], messages: list[Candidate], policy: WindowPolicy) -> bool:
    users = [message for message in messages if message.role == "user"]
    return (
        group[0].role == "system"
        or any(message.id in policy.pinned for message in group)
        or group[0] in users[-1:]
    )


def candidates(messages: list[Candidate], policy: WindowPolicy, through: int = 0) -> Candidates:
    """As if all of the conversation had been read."""
    fixed = [g for g in groups(messages) if is_fixed(g, messages, policy)]
    others = [m for g in groups(messages) if g not in fixed for m in g]
    behind = [m for m in others if m.position > through]
    return Candidates(
        totals_of(messages, others),
        [message for group in fixed for message in group],
        others,
        totals_of(behind, behind),
    )


def totals_of(messages: list[Candidate], first_of: list[Candidate]) -> Totals:
    first = first_of[0].position if first_of else None
    return Totals(len(messages), sum(message.token_count for message in messages), first)


def windowed(messages: list[Candidate], policy: WindowPolicy) -> Window | None:
    """The window; None where it is too small."""
    try:
        return choose(policy, candidates(messages, policy))
    except WindowTooSmall:
        return None


def ids_in(window: Window) -> set[str | None]:
    return {message.id for message in window.messages}


@given(asked())
def test_it_is_never_over_budget(one: tuple[list[Candidate], WindowPolicy]) -> None:
    window = windowed(*one)
    if window is not None:
        assert window.token_count == sum(
            message.token_count + MESSAGE_OVERHEAD for message in window.messages
        )
        assert window.token_count <= window.budget


@given(asked())
def test_the_order_is_kept_and_nobody_comes_twice(one: tuple[list[Candidate], WindowPolicy]) -> None:
    window = windowed(*one)
    if window is not None:
        ids = [message.id for message in one[0]]
        places = [ids.index(message.id) for message in window.messages if message.id]
        assert places == sorted(set(places))


@given(asked())
def test_what_is_fixed_is_always_in_or_the_window_is_too_small(
    one: tuple[list[Candidate], WindowPolicy],
) -> None:
    messages, policy = one
    fixed = [m for g in groups(messages) if is_fixed(g, messages, policy) for m in g]
    needed = sum(message.cost for message in fixed)
    window = windowed(messages, policy)
    assert (window is None) == (needed > policy.budget)
    if window is not None:
        assert {message.id for message in fixed} <= ids_in(window)


@given(asked(), st.integers(0, 200))
def test_a_larger_budget_drops_nothing_that_a_smaller_one_kept(
    one: tuple[list[Candidate], WindowPolicy], more: int
) -> None:
    messages, policy = one
    small = windowed(messages, policy)
    if small is not None:
        large = choose(
            a_policy(budget=policy.budget + more, pinned=policy.pinned, max_messages=policy.max_messages),
            candidates(messages, policy),
        )
        assert ids_in(small) <= ids_in(large)


@given(asked())
def test_a_tool_message_stands_or_falls_with_what_it_answers(
    one: tuple[list[Candidate], WindowPolicy],
) -> None:
    window = windowed(*one)
    if window is not None:
        inside = ids_in(window)
        for group in groups(one[0]):
            assert len({message.id in inside for message in group}) == 1


@given(asked())
def test_what_is_in_and_what_is_out_is_all_there_is(one: tuple[list[Candidate], WindowPolicy]) -> None:
    messages, _ = one
    window = windowed(*one)
    if window is None:
        return
    out = [message for message in messages if message.id not in ids_in(window)]
    assert [(run.count, run.token_count, run.from_position, run.to_position) for run in window.dropped] == (
        [(len(out), sum(m.token_count for m in out), out[0].position, out[-1].position)] if out else []
    )


@given(asked())
def test_it_stops_for_a_reason(one: tuple[list[Candidate], WindowPolicy]) -> None:
    messages, policy = one
    window = windowed(*one)
    if window is None:
        return
    recent = [message for message in window.messages if message.reason == "recent"]
    for run in window.dropped:
        newest_out = next(g for g in groups(messages) if g[-1].position == run.to_position)
        fits = window.token_count + sum(m.cost for m in newest_out) <= window.budget
        assert fits == (run.reason == "max_messages")
        if fits:
            assert policy.max_messages is not None
            assert len(recent) + len(newest_out) > policy.max_messages


def summed_before(messages: list[Candidate], through: int) -> list[Candidate]:
    return [message for message in messages if message.position <= through]


@given(asked(), st.integers(0, 24), st.integers(0, 40))
def test_with_a_summary_nothing_is_told_twice_or_forgotten(
    one: tuple[list[Candidate], WindowPolicy], whole_groups: int, tokens: int
) -> None:
    messages, policy = one
    ends = [group[-1].position for group in groups(messages)]
    through = max([0, *ends[:whole_groups]])
    summary = Preface("What was said before.", tokens, "o200k_base", "summary", through)
    try:
        window = choose(policy, candidates(messages, policy, through), SYSTEM, summary)
    except WindowTooSmall:
        return
    assert window.token_count <= window.budget
    out = [message for message in messages if message.id not in ids_in(window)]
    assert sum(run.count for run in window.dropped) == len(out)
    assert sum(run.token_count for run in window.dropped) == sum(message.token_count for message in out)
    summed_up = summed_before(out, through)
    by_reason = {run.reason: run for run in window.dropped}
    if any(message.reason == "summary" for message in window.messages):
        assert out
        newest_user = [message for message in messages if message.role == "user"][-1:]
        told_twice = [
            group for group in groups(summed_before(messages, through)) if group[0] not in newest_user
        ]
        recent = {message.id for message in window.messages if message.reason == "recent"}
        assert not recent & {message.id for group in told_twice for message in group}
        if summed_up:
            assert by_reason["summarised"].count == len(summed_up)
    else:
        assert "summarised" not in by_reason


def test_reasons_come_in_the_words_of_the_contract() -> None:
    roles = ["system", "user", "assistant", "user", "assistant", "tool", "user"]
    messages = [
        Candidate(MessageId(str(n)), role, "x", 1, n + 1, "o200k_base")  # type: ignore[arg-type]
        for n, role in enumerate(roles)
    ]
    policy = a_policy(pinned=("1",), budget=8 + 5 * 5)
    window = choose(policy, candidates(messages, policy), SYSTEM)
    assert [(message.id, message.reason) for message in window.messages] == [
        (None, "system"), ("0", "system"), ("1", "pinned"), ("4", "recent"), ("5", "recent"), ("6", "recent"),
    ]  # fmt: skip
    assert [run.reason for run in window.dropped] == ["budget"]


@pytest.mark.parametrize(
    ("model", "vocabularies", "exact"),
    [
        ("gpt-4o", ["o200k_base"], True),
        ("gpt-4o", ["o200k_base", "cl100k_base"], False),
        ("gpt-4o", ["o200k_base", None], False),
        ("gpt-4o", [], True),
        ("claude-sonnet", ["o200k_base"], False),
        ("somebody-s-own", ["o200k_base"], False),
        (None, ["o200k_base"], False),
    ],
)
def test_it_is_exact_where_all_was_counted_as_the_model_counts(
    model: str | None, vocabularies: list[str | None], exact: bool
) -> None:
    messages = [
        Candidate(MessageId(str(n)), "user", "x", 1, n + 1, vocabulary)
        for n, vocabulary in enumerate(vocabularies)
    ]
    policy = a_policy(model=model)
    assert choose(policy, candidates(messages, policy)).exact == exact


def test_groups_follow_the_tools() -> None:
    roles = ["tool", "tool", "user", "tool", "assistant"]
    messages = [
        Candidate(MessageId(str(n)), role, "x", 1, n + 1, None)  # type: ignore[arg-type]
        for n, role in enumerate(roles)
    ]
    assert [len(group) for group in groups(messages)] == [2, 2, 1]
    assert list(chain(*groups(messages))) == messages
    assert [key for key, _ in groupby(groups([]))] == []
