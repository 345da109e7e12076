"""Concurrent writes of the same rows on two connections."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from bitworks.core.errors import Deleted, IdConflict, NotFound
from bitworks.core.ids import UserId
from bitworks.features.history.store.message_writer import SQL
from bitworks.hosting.stores import Stores, open_stores
from tests.support.drafts import a_conversation, a_message, a_user


@pytest.fixture
async def rival(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own, to hold locks with."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def lock(rival: asyncpg.Connection, user_id: UserId) -> asyncpg.transaction.Transaction:
    """The rival writes something of this user, and has not committed yet."""
    transaction = rival.transaction()
    await transaction.start()
    await rival.execute("select 1 from heads where user_id = $1 for update", user_id)
    return transaction


async def until_waiting_for_a_lock(rival: asyncpg.Connection, backends: int = 1) -> None:
    async with asyncio.timeout(30):
        while True:
            waiting = await rival.fetchval(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                " and datname = current_database()"
            )
            if waiting >= backends:
                return
            await asyncio.sleep(0)


async def every_revision_is_carried_once(stores: Stores, user_id: UserId) -> None:
    """No revision was drawn and not used, and none was used twice."""
    page = await stores.changes.since(user_id, 0, 1000)  # type: ignore[arg-type]  # a number is a revision
    revisions = [change.revision for change in page.rows]
    assert revisions == list(range(1, page.cursor.revision + 1))


async def test_a_message_into_a_conversation_that_is_being_deleted_is_not_found(
    stores: Stores, rival: asyncpg.Connection
) -> None:
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    transaction = await lock(rival, user_id)
    writing = asyncio.create_task(stores.messages.create(a_message(user_id, conversation_id)))
    await until_waiting_for_a_lock(rival)
    await rival.execute("delete from conversations where user_id = $1 and id = $2", user_id, conversation_id)
    await transaction.commit()
    with pytest.raises(NotFound):
        await writing
    assert await rival.fetchval("select count(*) from messages where user_id = $1", user_id) == 0


async def test_a_conversation_deleted_while_messages_arrive_takes_them_all(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    outcomes = await asyncio.gather(
        *(stores.messages.create(a_message(user_id, conversation_id)) for _ in range(50)),
        stores.conversations.delete(user_id, conversation_id),
        *(stores.messages.create(a_message(user_id, conversation_id)) for _ in range(50)),
        return_exceptions=True,
    )
    errors = [one for one in outcomes if isinstance(one, Exception)]
    assert all(isinstance(error, NotFound) for error in errors)
    page = await stores.changes.since(user_id, 0, 1000)  # type: ignore[arg-type]
    assert [change.event for change in page.rows] == ["conversation:deleted"]


async def test_the_same_id_twice_at_once_makes_one_message(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    await stores.messages.create(a_message(user_id, conversation_id))
    message = a_message(user_id, conversation_id)
    written = await asyncio.gather(*(stores.messages.create(message) for _ in range(20)))
    assert len([one for one in written if one.change is not None]) == 1
    assert len({one.record.revision for one in written}) == 1
    await every_revision_is_carried_once(stores, user_id)


async def test_the_same_id_through_two_pools_at_once_makes_one_message(
    stores: Stores, database_url: str
) -> None:
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    async with open_stores(database_url, 5) as other:
        for _ in range(20):
            message = a_message(user_id, conversation_id)
            one, two = await asyncio.gather(stores.messages.create(message), other.messages.create(message))
            assert (one.change is None) != (two.change is None)
            assert one.record == two.record
    await every_revision_is_carried_once(stores, user_id)


async def test_the_same_id_twice_in_one_batch_draws_one_revision(
    stores: Stores, rival: asyncpg.Connection
) -> None:
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    id_ = str(uuid4())
    contents, prints = ["same", "same", "other"], [b"same", b"same", b"other"]
    rows = await rival.fetch(
        SQL["create_batch"], [user_id] * 3, [id_] * 3, [conversation_id] * 3, ["user"] * 3, contents,
        ["{}"] * 3, prints, [1] * 3, [None] * 3, True,
    )  # fmt: skip
    assert [row["outcome"] for row in rows] == ["created", "repeated", "conflict"]
    assert [row["drawn"] for row in rows] == [2, None, None]
    await every_revision_is_carried_once(stores, user_id)


async def test_two_users_locked_in_opposite_order_do_not_deadlock(stores: Stores, database_url: str) -> None:
    users = [await a_user(stores), await a_user(stores)]
    places = [(user_id, await a_conversation(stores, user_id)) for user_id in users]
    async with open_stores(database_url, 5) as other:
        for _ in range(20):
            await asyncio.gather(
                *(stores.messages.create(a_message(*place)) for place in places),
                *(other.messages.create(a_message(*place)) for place in reversed(places)),
            )
    for user_id in users:
        await every_revision_is_carried_once(stores, user_id)


async def test_nobody_waits_for_the_lock_of_another_user(stores: Stores, rival: asyncpg.Connection) -> None:
    held, free = await a_user(stores), await a_user(stores)
    held_conversation = await a_conversation(stores, held)
    free_conversation = await a_conversation(stores, free)
    transaction = await lock(rival, held)
    waiting = [
        asyncio.create_task(stores.messages.create(a_message(held, held_conversation, str(n))))
        for n in range(3)
    ]
    await until_waiting_for_a_lock(rival)
    await stores.messages.create(a_message(free, free_conversation))
    assert not any(task.done() for task in waiting)
    await transaction.rollback()
    written = await asyncio.gather(*waiting)
    assert [one.record.content for one in sorted(written, key=lambda w: w.record.revision)] == ["0", "1", "2"]


async def test_one_bad_row_does_not_take_the_batch_with_it(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    bad = a_message(user_id, conversation_id, "U+0000 is refused by the server: \x00")
    outcomes = await asyncio.gather(
        *(stores.messages.create(a_message(user_id, conversation_id)) for _ in range(3)),
        stores.messages.create(bad),
        *(stores.messages.create(a_message(user_id, conversation_id)) for _ in range(3)),
        return_exceptions=True,
    )
    assert len([one for one in outcomes if isinstance(one, Exception)]) == 1
    assert isinstance(outcomes[3], asyncpg.PostgresError)
    await every_revision_is_carried_once(stores, user_id)


async def test_an_id_that_was_deleted_cannot_be_used_again(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    message = a_message(user_id, conversation_id)
    await stores.messages.create(message)
    await stores.messages.delete(user_id, message.id)
    with pytest.raises(Deleted):
        await stores.messages.create(message)


async def test_another_body_under_the_same_id_is_a_conflict(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    message = a_message(user_id, conversation_id, "one")
    await stores.messages.create(message)
    with pytest.raises(IdConflict):
        await stores.messages.create(a_message(user_id, conversation_id, "two", message.id))
