"""Replies in PostgreSQL: whose turn it is."""

from uuid import uuid4

from bitworks.core.ids import MessageId
from bitworks.features.replies.store import NewReply, ReplyJob
from bitworks.hosting.stores import Stores
from tests.support.drafts import a_conversation, a_message, a_user


def a_reply() -> NewReply:
    return NewReply(MessageId(str(uuid4())), str(uuid4()), enqueue=True)


async def claimed(stores: Stores) -> list[ReplyJob]:
    return [job async for job in stores.replies.claim("tests", 10, 60.0)]


async def test_a_message_that_ended_without_its_reply_does_not_hold_the_next_one_up(stores: Stores) -> None:
    """An instance of an older release ends messages so, while a deployment is under way."""
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    first, second = a_reply(), a_reply()
    for reply in (first, second):
        await stores.replies.ask_with(a_message(user_id, conversation_id), reply)
    (job,) = await claimed(stores)
    assert job.message_id == first.message_id
    await stores.database.execute("delete from open_messages where id = $1", first.message_id)
    await stores.database.execute("update messages set status = 'stopped' where id = $1", first.message_id)
    await stores.replies.settle_ended(job)
    assert [job.message_id for job in await claimed(stores)] == [second.message_id]


async def test_a_reply_whose_message_goes_on_is_not_settled(stores: Stores) -> None:
    user_id = await a_user(stores)
    reply = a_reply()
    question = a_message(user_id, await a_conversation(stores, user_id))
    await stores.replies.ask_with(question, reply)
    (job,) = await claimed(stores)
    await stores.replies.settle_ended(job)
    await stores.replies.release(job)
    assert [job.message_id for job in await claimed(stores)] == [reply.message_id]


async def test_a_worker_that_was_slower_looks_for_more_at_once(stores: Stores) -> None:
    async def ask() -> None:
        user_id = await a_user(stores)
        await stores.replies.ask_with(a_message(user_id, await a_conversation(stores, user_id)), a_reply())

    await ask()
    await ask()
    slower = stores.replies.claim("slower", 2, 60.0)
    await anext(slower)
    assert len(await claimed(stores)) == 1
    await ask()
    assert len([job async for job in slower]) == 1
