"""Which summaries are due, and who writes them: one at a time for a conversation."""

from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from bitworks.core.ids import ContextId, ConversationId, UserId
from bitworks.core.records import Json
from bitworks.features.history.store.contexts import ContextEdit, NewContext
from bitworks.features.history.store.messages import MessageEdit
from bitworks.features.models.counts import TokenCount
from bitworks.features.replies.summaries.store import SummaryJob
from bitworks.features.streaming.store import CountedText, StreamEnding
from bitworks.hosting.stores import Stores
from tests.support.drafts import a_conversation, a_message, a_user

LEASE = 60.0


async def has_strategy(stores: Stores, user_id: UserId, id_: ConversationId, strategy: str | None) -> None:
    window: Json | None = {"strategy": strategy} if strategy else None
    new = NewContext(ContextId(str(uuid4())), id_, window, None, b"")
    await stores.contexts.create(user_id, new)


async def summarised(stores: Stores, user_id: UserId) -> ConversationId:
    conversation_id = await a_conversation(stores, user_id)
    await has_strategy(stores, user_id, conversation_id, "summary")
    return conversation_id


async def claim(stores: Stores, lease: float = LEASE) -> SummaryJob | None:
    jobs = [job async for job in stores.summaries.claim("tests", 10, lease)]
    assert len(jobs) <= 1
    return jobs[0] if jobs else None


async def claimed(stores: Stores, lease: float = LEASE) -> SummaryJob:
    job = await claim(stores, lease)
    assert job is not None
    return job


async def in_a_while(stores: Stores) -> datetime:
    return await stores.summaries.database.now() + timedelta(seconds=LEASE)


async def say(stores: Stores, user_id: UserId, conversation_id: ConversationId) -> None:
    await stores.messages.create(a_message(user_id, conversation_id))


async def test_only_what_has_the_strategy_is_due(stores: Stores) -> None:
    user_id = await a_user(stores)
    for strategy in (None, "sliding"):
        conversation_id = await a_conversation(stores, user_id)
        await has_strategy(stores, user_id, conversation_id, strategy)
        await say(stores, user_id, conversation_id)
    assert await claim(stores) is None


async def test_it_is_due_when_the_strategy_is_chosen_and_whenever_something_is_said(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await summarised(stores, user_id)
    job = await claimed(stores)
    assert (job.user_id, job.conversation_id) == (user_id, conversation_id)
    await stores.summaries.done(job)
    assert await claim(stores) is None
    await say(stores, user_id, conversation_id)
    assert await claim(stores) is not None


async def test_it_is_due_no_more_once_another_strategy_is_chosen(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await summarised(stores, user_id)
    await stores.summaries.done(await claimed(stores))
    edit = ContextEdit(frozenset({"context_window"}), {"strategy": "sliding"}, None, None)
    await stores.contexts.update(user_id, conversation_id, edit)
    await say(stores, user_id, conversation_id)
    assert await claim(stores) is None


@pytest.mark.parametrize("what", ["context", "conversation"])
async def test_it_is_due_no_more_once_there_is_none(stores: Stores, what: str) -> None:
    user_id = await a_user(stores)
    conversation_id = await summarised(stores, user_id)
    await stores.summaries.done(await claimed(stores))
    if what == "context":
        await stores.contexts.delete(user_id, conversation_id)
        await say(stores, user_id, conversation_id)
    else:
        await say(stores, user_id, conversation_id)
        await stores.conversations.delete(user_id, conversation_id)
    assert await claim(stores) is None


async def test_nobody_else_has_it_until_the_lease_is_over(stores: Stores) -> None:
    await summarised(stores, await a_user(stores))
    first = await claimed(stores)
    assert await claim(stores) is None
    assert await stores.summaries.renew(first, await stores.summaries.database.now())
    second = await claimed(stores)
    assert second.fence > first.fence
    assert not await stores.summaries.renew(first, await in_a_while(stores))


async def test_who_has_lost_it_changes_nothing(stores: Stores, database_url: str) -> None:
    await summarised(stores, await a_user(stores))
    first = await claimed(stores, 0.0)
    second = await claimed(stores)
    for late in (stores.summaries.done, stores.summaries.release):
        await late(first)
    await stores.summaries.release(first, tries=1)
    assert await claim(stores) is None
    await stores.summaries.done(second)
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("select count(*) from summaries_due") == 0
    await connection.close()


async def test_what_is_said_while_it_is_written_makes_it_due_again(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await summarised(stores, user_id)
    job = await claimed(stores)
    await say(stores, user_id, conversation_id)
    assert await claim(stores) is None
    await stores.summaries.done(job)
    assert await claim(stores) is not None


async def test_what_failed_waits_and_remembers_its_tries(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await summarised(stores, user_id)
    await stores.summaries.release(await claimed(stores), tries=1)
    job = await claimed(stores)
    assert job.tries == 1
    await stores.summaries.release(job, after=3600.0)
    assert not await stores.summaries.renew(job, await in_a_while(stores))
    await say(stores, user_id, conversation_id)
    assert await claim(stores) is None


async def test_it_is_due_when_a_message_that_streamed_ends(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await summarised(stores, user_id)
    streaming = a_message(user_id, conversation_id, "Valencia")
    await stores.streams.open(streaming, "tests")
    await stores.summaries.done(await claimed(stores))
    counted = CountedText(1, 8, TokenCount(2, "o200k_base", None))
    await stores.streams.end(user_id, streaming.id, StreamEnding("complete", b"finish", {}), counted)
    assert await claim(stores) is not None


async def test_what_leaves_no_more_text_makes_it_due_no_more(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await summarised(stores, user_id)
    message = a_message(user_id, conversation_id, "Valencia, in spring")
    await stores.messages.create(message)
    await stores.summaries.done(await claimed(stores))
    shorter = MessageEdit(frozenset({"content"}), "Valencia", TokenCount(0, "o200k_base", None), {}, None)
    await stores.messages.update(user_id, message.id, shorter)
    streaming = a_message(user_id, conversation_id, "")
    await stores.streams.open(streaming, "tests")
    await stores.messages.delete(user_id, streaming.id)
    assert await claim(stores) is None
