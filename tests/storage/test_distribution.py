"""The schema can be distributed by user as it stands: what a distributed PostgreSQL refuses is not there."""

import re
from collections.abc import Iterator

import asyncpg
import pytest

from bitworks.features.accounts.store import accounts
from bitworks.features.history.kinds import KINDS
from bitworks.features.replies import store as replies
from bitworks.features.replies.summaries import store as summaries
from bitworks.features.streaming import store as streams
from bitworks.features.sync import store as changes
from bitworks.features.window import store as windows
from bitworks.storage import followers, revisions

STATEMENTS = {
    **{f"{kind.name}.{name}": text for kind in KINDS for name, text in kind.statements.items()},
    **{f"accounts.{name}": text for name, text in accounts.SQL.items()},
    **{f"replies.{name}": text for name, text in replies.SQL.items()},
    **{f"summaries.{name}": text for name, text in summaries.SQL.items()},
    **{f"streams.{name}": text for name, text in streams.SQL.items()},
    **{f"changes.{name}": text for name, text in changes.SQL.items()},
    **{f"windows.{name}": text for name, text in windows.SQL.items()},
    **{f"revisions.{name}": text for name, text in revisions.SQL.items()},
    **{f"followers.{name}": text for name, text in followers.SQL.items()},
}
# What locks rows of several users at once, and why that is safe.
LOCKS_SEVERAL = {
    "function create_messages": "in order of user, or skipping; one function, which can be swapped",
    "streams.write": "skipping what is locked; text of many messages in one commit",
    "followers.settle": "in order of user",
    "followers.forget_due": "what an operator has forgotten: whoever goes on with one of them stops",
    "followers.forget_marks": "the same",
    "followers.forget_deleted": "nobody has anything of them any more",
}
# Statements that read the clock in a part of its own, beside the UPDATE that takes the time from there.
READ_THE_CLOCK_APART = {
    "streams.write": "one round trip for each 40 ms of text",
    "streams.claim": "one round trip before each first word",
    "followers.claim_hinted": "one round trip for each change that is told",
}
# What changes rows of no user.
OF_NO_USER = {
    "revisions.follow_history": "the epoch",
    "revisions.new_epoch": "the epoch",
    **{
        f"followers.{name}": "the follower"
        for name in ("begin_epoch", "epoch_begun", "epoch_not_begun", "forget", "look")
    },
}
CHANGES_ROWS = re.compile(r"\b(update|delete from)\s+(?!set\b)(\w+)", re.IGNORECASE)
LOCKS_ROWS = re.compile(r"\bfor (no key update|update|share)\b", re.IGNORECASE)
OF_ONE_USER = re.compile(r"user_id = (\$1|p_user_id)|user_id, \w+\) = \(")


@pytest.fixture
async def functions(database_url: str) -> dict[str, str]:
    """The bodies of our own functions, by name."""
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(
        "select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace"
    )
    await connection.close()
    return {f"function {row['proname']}": row["prosrc"] for row in rows}


def updates(text: str) -> Iterator[tuple[str, str]]:
    """Each UPDATE of a text, `set` for that of a conflict: its table, and its words up to the end of its statement or
    parenthesis.
    """
    bare = re.sub(r"--.*", "", text)
    for found in re.finditer(r"(?<!for )(?<!key )\bupdate (\w+)", bare):
        depth, end = 0, len(bare)
        for index in range(found.end(), len(bare)):
            depth += {"(": 1, ")": -1}.get(bare[index], 0)
            if depth < 0 or bare[index] == ";":
                end = index
                break
        yield found[1], bare[found.start() : end]


async def test_no_table_has_a_trigger(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    assert (
        await connection.fetch("select tgname, tgrelid::regclass from pg_trigger where not tgisinternal")
        == []
    )
    await connection.close()


async def test_no_update_calls_a_volatile_function(database_url: str, functions: dict[str, str]) -> None:
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch("select distinct proname from pg_proc where provolatile = 'v'")
    await connection.close()
    volatile = {row["proname"] for row in rows}
    assert "clock_timestamp" in volatile
    found = [
        (name, call)
        for name, text in {**STATEMENTS, **functions}.items()
        if name not in OF_NO_USER
        for table, update in updates(text)
        for call in re.findall(r"\b(\w+)\s*\(", update)
        if call in volatile
    ]
    assert found == []


def test_the_search_for_updates_finds_them() -> None:
    text = "with a as (update t set b = f(clock_timestamp()) where c) select 1 for update; update u set d = 1"
    assert [table for table, _ in updates(text)] == ["t", "u"]
    assert "clock_timestamp" in next(updates(text))[1]
    conflict = "insert into t values (1) on conflict do update set b = clock_timestamp()"
    assert [(table, "clock_timestamp" in update) for table, update in updates(conflict)] == [("set", True)]


async def test_a_statement_that_updates_is_given_its_time(functions: dict[str, str]) -> None:
    reading = {name for name, text in STATEMENTS.items() if "clock_timestamp" in text and any(updates(text))}
    assert reading == set(READ_THE_CLOCK_APART)


async def test_rows_are_locked_of_one_user_at_a_time_but_where_it_is_said(functions: dict[str, str]) -> None:
    several = {
        name
        for name, text in {**STATEMENTS, **functions}.items()
        if name not in OF_NO_USER
        and (CHANGES_ROWS.search(bare := re.sub(r"--.*", "", text)) or LOCKS_ROWS.search(bare))
        and not OF_ONE_USER.search(bare)
    }
    assert several == set(LOCKS_SEVERAL)
