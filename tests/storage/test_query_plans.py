"""The hot statements stay keyed: an index, no sequential scan, no sort of a whole history, and nothing read
of other users.

Plans depend on statistics, so they are asked for on tables large enough to tell, and analysed.
"""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from bitworks.features.history.kinds import KINDS
from bitworks.features.history.store import contexts, conversations, messages
from bitworks.features.replies import store as replies
from bitworks.features.replies.summaries import store as summaries
from bitworks.features.streaming import store as streams
from bitworks.features.sync import store as changes
from bitworks.features.window import store as windows
from bitworks.storage import followers
from bitworks.storage.kinds import Kinds
from bitworks.storage.pages import PAGE_BYTES
from tests.support.plans import (
    BIG_USER,
    CHUNKS,
    CONVERSATION,
    HISTORY,
    QUESTION,
    STREAM,
    Plan,
    assert_keyed,
    assert_reads_no_history,
    blocks,
    explain,
    insert_history,
    insert_others,
)

FEW, MANY = 300, 6_000  # other users
# What an index costs that is a level deeper, or a table that was read whole while it was small.
DEEPER = 20
FAR = 2**53 - 1
LATE = "infinity"
SOON = "2100-01-01"
# Whose conversations are looked at one by one: not of who has most of the table, for whom it is best read as it lies.
ANYBODY = str(uuid4())
SQL = {
    "messages": messages.SQL,
    "conversations": conversations.SQL,
    "contexts": contexts.SQL,
    "changes": {
        **changes.SQL,
        "since": Kinds.of(KINDS).changes_since(changes.SQL["since"]),
        "count_since": Kinds.of(KINDS).count_since(changes.SQL["count_since"]),
    },
    "windows": windows.SQL,
    "streams": streams.SQL,
    "replies": replies.SQL,
    "summaries": summaries.SQL,
    "followers": followers.SQL,
}


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A database with one long history among a few short ones."""
    connection = await asyncpg.connect(database_url)
    await insert_history(connection)
    await insert_others(connection, FEW)
    yield connection
    await connection.close()


def a_piece(start: int) -> tuple[str, ...]:
    """Columns of one piece that goes on from there."""
    return tuple("{" + column + "}" for column in (BIG_USER, STREAM, "1", str(start), "1", "m", "null"))


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
        (BIG_USER, LATE, "f" * 8 + "-ffff-ffff-ffff-" + "f" * 12, 50, PAGE_BYTES, None),
    ),
    "conversations by title": (
        "conversations",
        "page",
        (ANYBODY, LATE, "f" * 8 + "-ffff-ffff-ffff-" + "f" * 12, 50, PAGE_BYTES, "rome"),
    ),
    "titles to fold": ("conversations", "unfolded", (ANYBODY, 500)),
    "folding titles": (
        "conversations",
        "fold_titles",
        (BIG_USER, "{" + CONVERSATION + "}", "{rome}", "{1}"),
    ),
    "one conversation": ("conversations", "get", (BIG_USER, CONVERSATION)),
    "context": ("contexts", "of_conversation", (BIG_USER, CONVERSATION)),
    "totals of a window": ("windows", "totals", (BIG_USER, CONVERSATION, FAR)),
    "what is always in a window": (
        "windows",
        "fixed",
        (BIG_USER, CONVERSATION, FAR, "{" + str(uuid4()) + "}", 8_000, 4, 8 * 2**20),
    ),
    "page of a window": (
        "windows",
        "page",
        (BIG_USER, CONVERSATION, FAR, "{17, 18}", 200, 8_000, 4, 8 * 2**20),
    ),
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
    "context by its id": ("contexts", "get", (BIG_USER, str(uuid4()))),
    "keeping a summary": ("contexts", "summarise", (BIG_USER, CONVERSATION, "{}", HISTORY * 3)),
    "claiming a user for a follower": ("followers", "claim_hinted", (BIG_USER, "relay", "some", 4)),
    "moving a mark": (
        "followers",
        "settle",
        ("relay", "{" + BIG_USER + "}", "{1}", "{some}", f"{{{HISTORY}}}", "{true}", SOON),
    ),
    "looking for due summaries": ("summaries", "due", (1, 2)),
    "claiming a summary": ("summaries", "claim", (BIG_USER, CONVERSATION, 0, "some", SOON, "now")),
    "renewing a summary": ("summaries", "renew", (BIG_USER, CONVERSATION, 0, SOON)),
    "putting a summary down": ("summaries", "done", (BIG_USER, CONVERSATION, 0, 1)),
    "leaving a summary": ("summaries", "release", (BIG_USER, CONVERSATION, 0, SOON, 1)),
    "an id that streams": ("messages", "existing", (BIG_USER, STREAM)),
    "opening": (
        "streams",
        "open",
        (BIG_USER, str(uuid4()), CONVERSATION, "assistant", "", "{}", "now", HISTORY * 3, "0", "one", 0, 62),
    ),
    "how many messages stream": ("streams", "open_count", (BIG_USER, 100)),
    "finding the owner": ("streams", "find", (BIG_USER, STREAM)),
    "taking over": ("streams", "claim", (BIG_USER, STREAM, "two", 1, 62, 0)),
    "growing": ("streams", "write", (*a_piece(CHUNKS), True, 62)),
    "what is owned": ("streams", "owned", (BIG_USER, STREAM)),
    "locking to end": ("streams", "lock", (BIG_USER, STREAM)),
    "text to end with": ("streams", "text", (BIG_USER, STREAM)),
    "ending": ("streams", "end", (BIG_USER, STREAM, "", "complete", "{}", "", HISTORY * 3, 7)),
    "lengths": ("streams", "lengths", ("{" + BIG_USER + "}",)),
    "text so far": ("streams", "texts", (BIG_USER, "{" + STREAM + "}", "{0}")),
    "text since": ("streams", "texts", (BIG_USER, "{" + STREAM + "}", "{" + str(CHUNKS - 3) + "}")),
    "what is asked about": ("replies", "question", (BIG_USER, QUESTION)),
    "what makes it busy": ("replies", "under_way", (BIG_USER, CONVERSATION)),
    "how many replies are unfinished": ("replies", "unfinished", (BIG_USER, 50)),
    "the last reply": ("replies", "of_question", (BIG_USER, QUESTION)),
    "waiting for a turn": ("replies", "wait", (BIG_USER, STREAM)),
    "the first question": ("conversations", "question", (BIG_USER, CONVERSATION)),
    "handing a title over": ("conversations", "hand_over", (BIG_USER, CONVERSATION)),
    "looking for due replies": ("replies", "due", (8, 10)),
    "claiming a reply": ("replies", "claim", (BIG_USER, STREAM, 0, "some", SOON, "now")),
    "renewing a reply": ("replies", "renew", (BIG_USER, STREAM, 0, SOON)),
    "leaving a reply": ("replies", "release", (BIG_USER, STREAM, 0, SOON, 1)),
    "trying a reply": ("replies", "note_try", (BIG_USER, STREAM, 0)),
    "waiting for another try": ("replies", "note_pause", (BIG_USER, STREAM, 0, "now")),
    "delivering a question": ("replies", "note_delivery", (BIG_USER, STREAM, 0, "now")),
    "giving a reply up": ("replies", "bury", (BIG_USER, STREAM, 0, "{}", "now")),
    "dead letters": ("replies", "dead", ()),
    "replaying a dead letter": ("replies", "raise_dead", (BIG_USER, STREAM)),
}


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_hot_statements_are_keyed_and_read_no_more_when_there_are_more_users(
    connection: asyncpg.Connection, subtests: pytest.Subtests, mode: str
) -> None:
    """Whatever the arguments are, too: the server stops looking at them after a few executions."""
    await connection.execute(f"set plan_cache_mode = {mode}")
    among_few = {name: await ask(connection, name) for name in QUERIES}
    await insert_others(connection, MANY)
    for name, before in among_few.items():
        with subtests.test(name):
            plan = await ask(connection, name)
            assert_keyed(plan)
            assert_reads_no_history(before)
            assert_reads_no_history(plan)
            assert blocks(plan) <= blocks(before) + DEEPER, "reads more where there are more users"


async def ask(connection: asyncpg.Connection, name: str) -> Plan:
    noun, query, arguments = QUERIES[name]
    return await explain(connection, SQL[noun][query], arguments)
