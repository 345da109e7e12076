"""The hot queries stay keyed: an index, no sequential scan, and no sort of a whole history.

Plans depend on statistics, so they are asked for on tables large enough to tell, and analysed.
"""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from storage import queries
from storage.pages import PAGE_BYTES

HISTORY = 20_000
OTHERS = 5_000
BIG_USER, CONVERSATION = str(uuid4()), str(uuid4())
FAR = 2**53 - 1
LATE = "infinity"
SQL = {noun: queries.load(noun) for noun in ("messages", "conversations", "contexts", "changes", "windows")}


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A database with one long history among many short ones."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        f"""
        insert into users values ('{BIG_USER}', 'big@example.org', '', now());
        insert into users select gen_random_uuid(), n || '@x', '', now() from generate_series(1, {OTHERS}) n;
        insert into heads (user_id, revision) select user_id, {HISTORY * 2} from users;
        insert into sessions
            select user_id, gen_random_uuid(), 0, now(), now(), '{{}}', now(), null, '', '' from users;
        insert into conversations
            select user_id, case when user_id = '{BIG_USER}' then '{CONVERSATION}' else gen_random_uuid() end,
                   null, '{{}}', now(), now(), 1, 1, ''
            from users;
        insert into conversations
            select '{BIG_USER}', gen_random_uuid(), null, '{{}}', now(), now() - n * interval '1 s', n, n, ''
            from generate_series(2, {HISTORY}) n;
        insert into messages (user_id, id, conversation_id, role, content, metadata, timestamp,
                              position, revision, fingerprint)
            select '{BIG_USER}', gen_random_uuid(), '{CONVERSATION}', 'user', 'm', '{{}}', now(), n, n, ''
            from generate_series(2, {HISTORY}) n;
        insert into messages (user_id, id, conversation_id, role, content, metadata, timestamp,
                              position, revision, fingerprint)
            select user_id, gen_random_uuid(), id, 'user', 'm', '{{}}', now(), n, n, ''
            from conversations, generate_series(2, 5) n where user_id <> '{BIG_USER}';
        insert into open_messages (user_id, id, owner, length, expires_at)
            select distinct on (user_id) user_id, id, '', 0, now() from messages
            where user_id <> '{BIG_USER}';
        insert into contexts (user_id, id, conversation_id, position, revision, fingerprint)
            select user_id, gen_random_uuid(), id, 2, 2, '' from conversations;
        insert into tombstones select '{BIG_USER}', n, 'message', gen_random_uuid(), '{CONVERSATION}', now()
            from generate_series({HISTORY + 1}, {HISTORY * 2}) n;
        insert into tombstones select user_id, n, 'message', gen_random_uuid(), gen_random_uuid(), now()
            from users, generate_series(1, 5) n where user_id <> '{BIG_USER}';
        analyze;
        """
    )
    yield connection
    await connection.close()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


QUERIES = {
    "newest page": ("messages", "page_before", (BIG_USER, CONVERSATION, FAR, 100, PAGE_BYTES)),
    "page in the middle": (
        "messages",
        "page_before",
        (BIG_USER, CONVERSATION, HISTORY // 2, 100, PAGE_BYTES),
    ),
    "page after": ("messages", "page_after", (BIG_USER, CONVERSATION, HISTORY // 2, 100, PAGE_BYTES)),
    "one message": ("messages", "get", (BIG_USER, str(uuid4()))),
    "conversations": (
        "conversations",
        "page",
        (BIG_USER, LATE, "f" * 8 + "-ffff-ffff-ffff-" + "f" * 12, 50, PAGE_BYTES),
    ),
    "one conversation": ("conversations", "get", (BIG_USER, CONVERSATION)),
    "context": ("contexts", "get", (BIG_USER, CONVERSATION)),
    "totals of a window": ("windows", "totals", (BIG_USER, CONVERSATION, FAR)),
    "what is always in a window": (
        "windows",
        "fixed",
        (BIG_USER, CONVERSATION, FAR, "{" + str(uuid4()) + "}", 8_000, 4),
    ),
    "page of a window": ("windows", "page", (BIG_USER, CONVERSATION, FAR, "{17, 18}", 200, 8_000, 4)),
    "oldest out of a window": ("windows", "oldest", (BIG_USER, CONVERSATION, "{2, 3, 4}")),
    "out since the summary": (
        "windows",
        "between",
        (BIG_USER, CONVERSATION, HISTORY - 500, FAR, "{17, 18}"),
    ),
    "catching up": ("changes", "since", (BIG_USER, HISTORY - 100, 200, PAGE_BYTES, 0)),
    "catching up from the beginning": ("changes", "since", (BIG_USER, 0, 200, PAGE_BYTES, 0)),
    "what was missed": ("changes", "count_since", (BIG_USER, HISTORY - 100, 1000)),
    "head": ("changes", "head", (BIG_USER, str(uuid4()))),
}


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_hot_queries_are_keyed(
    connection: asyncpg.Connection, subtests: pytest.Subtests, mode: str
) -> None:
    """Whatever the arguments are, too: the server stops looking at them after a few executions."""
    await connection.execute(f"set plan_cache_mode = {mode}")
    for name, (noun, query, arguments) in QUERIES.items():
        with subtests.test(name):
            assert_keyed(await explain(connection, SQL[noun][query], arguments))


def assert_keyed(plan: dict[str, Any]) -> None:
    for node in nodes(plan):
        if node["Node Type"] == "Seq Scan":
            assert node["Relation Name"] == "epoch", f"reads all of {node['Relation Name']}"
        if "Sort" in node["Node Type"]:
            assert node["Actual Rows"] <= 2_000, "sorts a whole history"
        assert node["Actual Rows"] <= 2_000, f"{node['Node Type']} reads a whole history"


async def explain(
    connection: asyncpg.Connection, statement: str, arguments: tuple[object, ...]
) -> dict[str, Any]:
    """The plan that the server ran, with the rows that each of its nodes gave."""
    values = ", ".join(_literal(argument) for argument in arguments)
    await connection.execute(f"prepare asked as {statement}")
    explained = await connection.fetchval(f"explain (analyze, format json) execute asked ({values})")
    await connection.execute("deallocate asked")
    plan: dict[str, Any] = json.loads(explained)[0]["Plan"]
    return plan


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"
