"""Which summaries are due, and who writes them: one at a time for a conversation."""

from uuid import uuid4

import asyncpg
import pytest

from bitworks.core.ids import ContextId, ConversationId, UserId
from bitworks.core.records import Json
from bitworks.features.history.store.contexts import ContextEdit, NewContext
from bitworks.features.replies.summaries.store import SummaryJob
from bitworks.stores import Storage
from tests.support.drafts import a_conversation, a_message, a_user

LEASE = 60.0


async def has_strategy(storage: Storage, user_id: UserId, id_: ConversationId, strategy: str | None) -> None:
    window: Json | None = {"strategy": strategy} if strategy else None
    new = NewContext(ContextId(str(uuid4())), id_, window, None, b"")
    await storage.contexts.create(user_id, new)


async def summarised(storage: Storage, user_id: UserId) -> ConversationId:
    conversation_id = await a_conversation(storage, user_id)
    await has_strategy(storage, user_id, conversation_id, "summary")
    return conversation_id


async def claim(storage: Storage, lease: float = LEASE) -> SummaryJob | None:
    jobs = await storage.summaries.claim(10, lease)
    assert len(jobs) <= 1
    return jobs[0] if jobs else None


async def claimed(storage: Storage, lease: float = LEASE) -> SummaryJob:
    job = await claim(storage, lease)
    assert job is not None
    return job


async def say(storage: Storage, user_id: UserId, conversation_id: ConversationId) -> None:
    await storage.messages.create(a_message(user_id, conversation_id))


async def test_only_what_has_the_strategy_is_due(storage: Storage) -> None:
    user_id = await a_user(storage)
    for strategy in (None, "sliding"):
        conversation_id = await a_conversation(storage, user_id)
        await has_strategy(storage, user_id, conversation_id, strategy)
        await say(storage, user_id, conversation_id)
    assert await claim(storage) is None


async def test_it_is_due_when_the_strategy_is_chosen_and_whenever_something_is_said(storage: Storage) -> None:
    user_id = await a_user(storage)
    conversation_id = await summarised(storage, user_id)
    job = await claimed(storage)
    assert (job.user_id, job.conversation_id) == (user_id, conversation_id)
    await storage.summaries.done(job)
    assert await claim(storage) is None
    await say(storage, user_id, conversation_id)
    assert await claim(storage) is not None


async def test_it_is_due_no_more_once_another_strategy_is_chosen(storage: Storage) -> None:
    user_id = await a_user(storage)
    conversation_id = await summarised(storage, user_id)
    await storage.summaries.done(await claimed(storage))
    edit = ContextEdit(frozenset({"context_window"}), {"strategy": "sliding"}, None, None)
    await storage.contexts.update(user_id, conversation_id, edit)
    await say(storage, user_id, conversation_id)
    assert await claim(storage) is None


@pytest.mark.parametrize("what", ["context", "conversation"])
async def test_it_is_due_no_more_once_there_is_none(storage: Storage, what: str) -> None:
    user_id = await a_user(storage)
    conversation_id = await summarised(storage, user_id)
    await storage.summaries.done(await claimed(storage))
    if what == "context":
        await storage.contexts.delete(user_id, conversation_id)
        await say(storage, user_id, conversation_id)
    else:
        await say(storage, user_id, conversation_id)
        await storage.conversations.delete(user_id, conversation_id)
    assert await claim(storage) is None


async def test_nobody_else_has_it_until_the_lease_is_over(storage: Storage) -> None:
    await summarised(storage, await a_user(storage))
    first = await claimed(storage)
    assert await claim(storage) is None
    assert await storage.summaries.renew(first, 0.0)
    second = await claimed(storage)
    assert second.fence > first.fence
    assert not await storage.summaries.renew(first, LEASE)


async def test_who_has_lost_it_changes_nothing(storage: Storage, database_url: str) -> None:
    await summarised(storage, await a_user(storage))
    first = await claimed(storage, 0.0)
    second = await claimed(storage)
    for late in (storage.summaries.done, storage.summaries.give_back):
        await late(first)
    await storage.summaries.put_off(first, 0.0)
    assert await claim(storage) is None
    await storage.summaries.done(second)
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("select count(*) from summaries_due") == 0
    await connection.close()


async def test_what_is_said_while_it_is_written_makes_it_due_again(storage: Storage) -> None:
    user_id = await a_user(storage)
    conversation_id = await summarised(storage, user_id)
    job = await claimed(storage)
    await say(storage, user_id, conversation_id)
    assert await claim(storage) is None
    await storage.summaries.done(job)
    assert await claim(storage) is not None


async def test_what_failed_waits_and_remembers_its_tries(storage: Storage) -> None:
    user_id = await a_user(storage)
    conversation_id = await summarised(storage, user_id)
    await storage.summaries.put_off(await claimed(storage), 0.0)
    job = await claimed(storage)
    assert job.tries == 1
    await storage.summaries.put_off(job, 3600.0)
    assert not await storage.summaries.renew(job, LEASE)
    await say(storage, user_id, conversation_id)
    assert await claim(storage) is None
