"""One draft and many are written by two functions, which must judge alike."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from bitworks.core.ids import ConversationId, UserId
from bitworks.features.history.store.message_writer import BATCH_ROWS, SQL, NewMessage, arrays, columns
from bitworks.features.limits.turns import BATCH_CHARACTERS, LARGE
from bitworks.hosting.stores import Stores
from tests.support.drafts import a_conversation, a_message, a_user

Case = Callable[[Stores], Awaitable[NewMessage]]


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def a_place(stores: Stores) -> tuple[UserId, ConversationId]:
    user_id = await a_user(stores)
    return user_id, await a_conversation(stores, user_id)


async def new(stores: Stores) -> NewMessage:
    return a_message(*await a_place(stores))


async def written_before(stores: Stores) -> NewMessage:
    draft = await new(stores)
    await stores.messages.create(draft)
    return draft


async def another_under_its_id(stores: Stores) -> NewMessage:
    return replace(await written_before(stores), fingerprint=b"another")


async def deleted_before(stores: Stores) -> NewMessage:
    draft = await written_before(stores)
    await stores.messages.delete(draft.user_id, draft.id)
    return draft


async def of_no_conversation(stores: Stores) -> NewMessage:
    return replace(await new(stores), conversation_id=ConversationId(str(uuid4())))


async def of_a_strangers_conversation(stores: Stores) -> NewMessage:
    return replace(await new(stores), conversation_id=(await a_place(stores))[1])


async def of_nobody(stores: Stores) -> NewMessage:
    return replace(await new(stores), user_id=UserId(str(uuid4())))


async def counted_for_another_model(stores: Stores) -> NewMessage:
    return replace(await new(stores), model="another")


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
    """Returns the outcomes of a statement that is rolled back."""
    transaction = connection.transaction()
    await transaction.start()
    rows = await connection.fetch(SQL[query], *arguments, wait)
    await transaction.rollback()
    return [(row["outcome"], row["drawn"], row["model"]) for row in rows]


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize(("outcome", "case"), [(o, case) for o, cases in CASES.items() for case in cases])
async def test_a_draft_is_judged_alone_as_it_is_in_a_batch(
    stores: Stores, connection: asyncpg.Connection, outcome: str, case: Case, wait: bool
) -> None:
    draft, other = await case(stores), await new(stores)
    [alone] = await judged(connection, "create", *columns(draft), wait=wait)
    [batched, _] = await judged(connection, "create_batch", *arrays([draft, other]), wait=wait)
    assert alone == batched
    assert alone[0] == outcome


async def test_a_draft_of_a_locked_user_is_not_waited_for_either_way(
    stores: Stores, connection: asyncpg.Connection, database_url: str
) -> None:
    draft, other = await new(stores), await new(stores)
    rival = await asyncpg.connect(database_url)
    async with rival.transaction():
        await rival.execute("select 1 from heads where user_id = $1 for update", draft.user_id)
        [alone] = await judged(connection, "create", *columns(draft), wait=False)
        [batched, _] = await judged(connection, "create_batch", *arrays([draft, other]), wait=False)
    await rival.close()
    assert alone == batched == ("locked", None, None)


async def test_what_is_written_alone_and_in_a_batch_is_the_same(
    stores: Stores, connection: asyncpg.Connection
) -> None:
    place = await a_place(stores)
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


# One user's many beside another's few


def writing(stores: Stores, draft: NewMessage) -> asyncio.Task[int]:
    """Begins to write a message; the result is its position."""

    async def position() -> int:
        return (await stores.messages.create(draft)).record.position

    return asyncio.create_task(position())


@pytest.mark.parametrize("size", [1, LARGE + 1, BATCH_CHARACTERS])
async def test_one_users_many_large_writes_do_not_hold_anothers(stores: Stores, size: int) -> None:
    greedy, other = await a_place(stores), await a_place(stores)
    large = [writing(stores, a_message(*greedy, "x" * (BATCH_CHARACTERS // 2))) for _ in range(30)]
    await asyncio.sleep(0)  # they wait before the other comes
    await writing(stores, a_message(*other, "y" * size))
    # What was under way when it came, and one batch in which it had no place.
    assert sum(one.done() for one in large) <= 2
    await asyncio.gather(*large)


async def test_the_order_of_one_user_is_kept_whatever_the_sizes(stores: Stores) -> None:
    place = await a_place(stores)
    sizes = [1, LARGE + 1, 1, BATCH_CHARACTERS, BATCH_CHARACTERS // 3, 2, 3, LARGE + 1] * 3
    others = [writing(stores, a_message(*await a_place(stores), "x" * (LARGE + 1))) for _ in range(5)]
    positions = await asyncio.gather(*(writing(stores, a_message(*place, "x" * size)) for size in sizes))
    await asyncio.gather(*others)
    assert positions == sorted(positions)


async def test_the_order_of_one_user_is_kept_where_the_counter_is_locked_meanwhile(
    stores: Stores, database_url: str
) -> None:
    """Also of what was waiting beyond the batch that met the lock."""
    place, other = await a_place(stores), await a_place(stores)
    rival = await asyncpg.connect(database_url)
    sizes = [*([1] * (BATCH_ROWS + 50)), LARGE + 1, 1, LARGE + 1, 1]
    async with rival.transaction():
        await rival.execute("select 1 from heads where user_id = $1 for update", place[0])
        writes = [writing(stores, a_message(*place, "x" * size)) for size in sizes]
        await writing(stores, a_message(*other))  # behind them, so they have met the lock
        writes += [writing(stores, a_message(*place, "x" * size)) for size in (1, LARGE + 1, 1)]
        await writing(stores, a_message(*other))
        assert not any(one.done() for one in writes)
    await rival.close()
    positions = await asyncio.gather(*writes)
    assert positions == sorted(positions)
