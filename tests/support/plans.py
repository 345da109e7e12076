"""What PostgreSQL does for a statement, in a database with one long history among many short ones."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import asyncpg

HISTORY = 20_000
CHUNKS = 1_000
BIG_USER, CONVERSATION, QUESTION, STREAM = (str(uuid4()) for _ in range(4))
# One row, and what holds only what waits, of whomever.
READ_WHOLE = {"epoch", "summaries_due"}
MOST_ROWS = 2_000

Plan = dict[str, Any]


async def insert_history(connection: asyncpg.Connection) -> None:
    """One user with much of everything, and an answer that grows."""
    await connection.execute(
        f"""
        insert into users values ('{BIG_USER}', 'big@example.org', '', now());
        insert into heads (user_id, revision) values ('{BIG_USER}', {HISTORY * 2});
        insert into sessions values
            ('{BIG_USER}', gen_random_uuid(), 0, now(), now(), '{{}}', now(), null, '', '');
        insert into conversations
            values ('{BIG_USER}', '{CONVERSATION}', null, '{{}}', now(), now(), 1, 1, '');
        insert into conversations
            select '{BIG_USER}', gen_random_uuid(), null, '{{}}', now(), now() - n * interval '1 s', n, n, ''
            from generate_series(2, {HISTORY}) n;
        insert into messages (user_id, id, conversation_id, role, content, status, metadata, timestamp,
                              position, revision, fingerprint)
            select '{BIG_USER}',
                   case n when {HISTORY - 1} then '{QUESTION}' when {HISTORY} then '{STREAM}'
                   else gen_random_uuid() end,
                   '{CONVERSATION}', case when n < {HISTORY} then 'user' else 'assistant' end, 'm',
                   case when n < {HISTORY} then 'complete' else 'streaming' end, '{{}}', now(), n, n, ''
            from generate_series(2, {HISTORY}) n;
        insert into open_messages (user_id, id, owner, length, expires_at)
            values ('{BIG_USER}', '{STREAM}', 'one', {CHUNKS}, now());
        insert into chunks select '{BIG_USER}', '{STREAM}', n, 1, 'm' from generate_series(0, {CHUNKS - 1}) n;
        insert into replies (user_id, message_id, conversation_id, question_id, question_position, state,
                             delivery_id, worker)
            select user_id, id, conversation_id, case when id = '{STREAM}' then '{QUESTION}'
                   else gen_random_uuid() end, position, case when id = '{STREAM}' then 'due' else 'done' end,
                   gen_random_uuid(), 'some'
            from messages where position > {HISTORY - 5_000};
        insert into contexts (user_id, id, conversation_id, position, revision, fingerprint)
            select user_id, gen_random_uuid(), id, 2, 2, '' from conversations;
        insert into summaries_due (user_id, conversation_id) values ('{BIG_USER}', '{CONVERSATION}');
        insert into tombstones select '{BIG_USER}', n, 'message', gen_random_uuid(), '{CONVERSATION}', now()
            from generate_series({HISTORY + 1}, {HISTORY * 2}) n;
        analyze;
        """
    )


async def insert_others(connection: asyncpg.Connection, count: int) -> None:
    """So many more users with a little of everything, and a message that grows."""
    await connection.execute(
        f"""
        create temporary table others as
            select gen_random_uuid() as user_id, gen_random_uuid() as id from generate_series(1, {count});
        insert into users select user_id, user_id || '@x', '', now() from others;
        insert into heads (user_id, revision) select user_id, 10 from others;
        insert into sessions
            select user_id, gen_random_uuid(), 0, now(), now(), '{{}}', now(), null, '', '' from others;
        insert into conversations select user_id, id, null, '{{}}', now(), now(), 1, 1, '' from others;
        insert into messages (user_id, id, conversation_id, role, content, metadata, timestamp,
                              position, revision, fingerprint)
            select user_id, gen_random_uuid(), id, 'user', 'm', '{{}}', now(), n, n, ''
            from others, generate_series(2, 5) n;
        insert into open_messages (user_id, id, owner, length, expires_at)
            select user_id, m.id, '', 2, now() from others join messages m using (user_id) where position = 5;
        insert into chunks select user_id, o.id, n, 1, 'm'
            from others join open_messages o using (user_id), generate_series(0, 1) n;
        insert into replies (user_id, message_id, conversation_id, question_id, question_position, state,
                             delivery_id)
            select user_id, m.id, conversation_id, gen_random_uuid(), position, 'done', gen_random_uuid()
            from others join messages m using (user_id) where position < 5;
        insert into contexts (user_id, id, conversation_id, position, revision, fingerprint)
            select user_id, gen_random_uuid(), id, 2, 2, '' from others;
        insert into tombstones select user_id, n, 'message', gen_random_uuid(), gen_random_uuid(), now()
            from others, generate_series(1, 5) n;
        insert into followed (user_id, follower) select user_id, 'relay' from others;
        insert into followers_due select user_id, 'relay', now() from others;
        drop table others;
        analyze;
        """
    )


async def explain(connection: asyncpg.Connection, statement: str, arguments: tuple[object, ...]) -> Plan:
    """The plan that the server ran, with the rows that each of its nodes gave. What it wrote is undone."""
    values = f"({', '.join(_literal(one) for one in arguments)})" if arguments else ""
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(f"prepare asked as {statement}")
    explained = await connection.fetchval(f"explain (analyze, buffers, format json) execute asked {values}")
    await connection.execute("deallocate asked")
    await transaction.rollback()
    plan: Plan = json.loads(explained)[0]["Plan"]
    return plan


def assert_keyed(plan: Plan) -> None:
    """Nothing is read from one end to the other."""
    for node in _nodes(plan):
        if node["Node Type"] == "Seq Scan":
            assert node["Relation Name"] in READ_WHOLE, f"reads all of {node['Relation Name']}"


def assert_reads_no_history(plan: Plan) -> None:
    """Nor what is then thrown away."""
    for node in _nodes(plan):
        read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        assert read <= MOST_ROWS, f"{node['Node Type']} reads a whole history"


def blocks(plan: Plan) -> int:
    """How many were looked at, wherever they were."""
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _literal(value: object) -> str:
    if value is None:
        return "null"
    return str(value) if isinstance(value, int) else f"'{value}'"
