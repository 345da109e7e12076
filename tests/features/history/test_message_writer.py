"""One draft and many are written by two functions, which must judge alike."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from bitworks.core.ids import ConversationId, UserId
from bitworks.features.history.store.message_writer import SQL, NewMessage, arrays, columns
from bitworks.stores import Storage
from tests.support.drafts import a_conversation, a_message, a_user

Case = Callable[[Storage], Awaitable[NewMessage]]


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def a_place(storage: Storage) -> tuple[UserId, ConversationId]:
    user_id = await a_user(storage)
    return user_id, await a_conversation(storage, user_id)


async def new(storage: Storage) -> NewMessage:
    return a_message(*await a_place(storage))


async def written_before(storage: Storage) -> NewMessage:
    draft = await new(storage)
    await storage.messages.create(draft)
    return draft


async def another_under_its_id(storage: Storage) -> NewMessage:
    return replace(await written_before(storage), fingerprint=b"another")


async def deleted_before(storage: Storage) -> NewMessage:
    draft = await written_before(storage)
    await storage.messages.delete(draft.user_id, draft.id)
    return draft


async def of_no_conversation(storage: Storage) -> NewMessage:
    return replace(await new(storage), conversation_id=ConversationId(str(uuid4())))


async def of_a_strangers_conversation(storage: Storage) -> NewMessage:
    return replace(await new(storage), conversation_id=(await a_place(storage))[1])


async def of_nobody(storage: Storage) -> NewMessage:
    return replace(await new(storage), user_id=UserId(str(uuid4())))


async def counted_for_another_model(storage: Storage) -> NewMessage:
    return replace(await new(storage), model="another")


CASES: dict[str, list[Case]] = {
    "created": [new],
    "repeated": [written_before],
    "conflict": [another_under_its_id],
    "deleted": [deleted_before],
    "not_found": [of_no_conversation, of_a_strangers_conversation],
    "no_user": [of_nobody],
    "other_model": [counted_for_another_model],
}


async def judged(
    connection: asyncpg.Connection, query: str, *arguments: object, wait: bool
) -> list[tuple[object, ...]]:
    """What would be answered; nothing stays of it."""
    transaction = connection.transaction()
    await transaction.start()
    rows = await connection.fetch(SQL[query], *arguments, wait)
    await transaction.rollback()
    return [(row["outcome"], row["drawn"], row["model"]) for row in rows]


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize(("outcome", "case"), [(o, case) for o, cases in CASES.items() for case in cases])
async def test_a_draft_is_judged_alone_as_it_is_in_a_batch(
    storage: Storage, connection: asyncpg.Connection, outcome: str, case: Case, wait: bool
) -> None:
    draft, other = await case(storage), await new(storage)
    [alone] = await judged(connection, "create", *columns(draft), wait=wait)
    [batched, _] = await judged(connection, "create_batch", *arrays([draft, other]), wait=wait)
    assert alone == batched
    assert alone[0] == outcome


async def test_a_draft_of_a_locked_user_is_not_waited_for_either_way(
    storage: Storage, connection: asyncpg.Connection, database_url: str
) -> None:
    draft, other = await new(storage), await new(storage)
    rival = await asyncpg.connect(database_url)
    async with rival.transaction():
        await rival.execute("select 1 from heads where user_id = $1 for update", draft.user_id)
        [alone] = await judged(connection, "create", *columns(draft), wait=False)
        [batched, _] = await judged(connection, "create_batch", *arrays([draft, other]), wait=False)
    await rival.close()
    assert alone == batched == ("locked", None, None)


async def test_what_is_written_alone_and_in_a_batch_is_the_same(
    storage: Storage, connection: asyncpg.Connection
) -> None:
    place = await a_place(storage)
    one, two, three = (replace(a_message(*place), metadata={"n": 1}, token_count=7) for _ in range(3))
    await connection.fetch(SQL["create"], *columns(one), True)
    await connection.fetch(SQL["create_batch"], *arrays([two, three]), True)
    rows = await connection.fetch(
        "select role, content, status, metadata, token_count, fingerprint, edited_at from messages"
        " where user_id = $1",
        place[0],
    )
    assert len(rows) == 3
    assert len({tuple(row) for row in rows}) == 1
    totals = "select message_total, token_total from conversations where user_id = $1"
    assert tuple(await connection.fetchrow(totals, place[0])) == (3, 21)
    assert await connection.fetchval("select revision from heads where user_id = $1", place[0]) == 4
