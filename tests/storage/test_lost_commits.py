"""A connection is cut under a commit: whether it happened is found out, not guessed."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from bitworks.core.errors import Unavailable
from bitworks.core.ids import UserId
from bitworks.features.history.store.message_writer import NewMessage
from bitworks.hosting.stores import Stores, open_stores
from bitworks.storage.rows import NewRow, RowEdit
from tests.features.history.test_races import a_conversation, a_message, a_user
from tests.support.roads import Road, road_to

COMMIT = b"COMMIT;"


@pytest.fixture
async def rival(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who sees what is committed."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def road_and_stores(database_url: str) -> AsyncIterator[tuple[Road, Stores]]:
    async with road_to(database_url) as (road, url), open_stores(url, 5) as stores:
        yield road, stores


@pytest.fixture
def road(road_and_stores: tuple[Road, Stores]) -> Road:
    return road_and_stores[0]


@pytest.fixture
def stores(road_and_stores: tuple[Road, Stores]) -> Stores:
    return road_and_stores[1]


async def head_of(rival: asyncpg.Connection, user_id: UserId) -> int:
    return int(await rival.fetchval("select revision from heads where user_id = $1", user_id))


async def until_head(rival: asyncpg.Connection, user_id: UserId, revision: int) -> None:
    async with asyncio.timeout(30):
        while await head_of(rival, user_id) < revision:
            pass


async def test_a_creation_that_was_committed_returns_its_record(
    road: Road, stores: Stores, rival: asyncpg.Connection
) -> None:
    user_id = await a_user(stores)
    new = NewRow(str(uuid4()), {"title": "kept", "metadata": {}}, b"")
    road.swallow_the_response_to(COMMIT)
    creating = asyncio.create_task(stores.conversations.create(user_id, new))
    await until_head(rival, user_id, 1)
    road.cut()
    written = await creating
    assert (written.record.title, written.record.revision) == ("kept", 1)
    assert written.change is not None


async def test_an_update_that_was_committed_is_not_called_stale(
    road: Road, stores: Stores, rival: asyncpg.Connection
) -> None:
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    road.swallow_the_response_to(COMMIT)
    edit = RowEdit({"title": "once"}, if_revision=1)
    updating = asyncio.create_task(stores.conversations.update(user_id, conversation_id, edit))
    await until_head(rival, user_id, 2)
    road.cut()
    assert (await updating).record.revision == 2
    assert await head_of(rival, user_id) == 2


async def test_a_commit_that_never_arrived_is_called_unavailable(
    road: Road, stores: Stores, rival: asyncpg.Connection
) -> None:
    user_id = await a_user(stores)
    road.lose(COMMIT)
    new = NewRow(str(uuid4()), {"title": None, "metadata": {}}, b"")
    creating = asyncio.create_task(stores.conversations.create(user_id, new))
    async with asyncio.timeout(30):
        while not road.swallowing:  # noqa: ASYNC110 - a road announces nothing
            await asyncio.sleep(0)
    road.cut()
    with pytest.raises(Unavailable):
        await creating
    assert await head_of(rival, user_id) == 0


async def test_a_batch_of_messages_whose_result_was_lost_is_written_once(
    road: Road, stores: Stores, rival: asyncpg.Connection
) -> None:
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    road.swallow_the_response_to(b"the words that were lost")
    drafts: list[NewMessage] = [
        a_message(user_id, conversation_id, content)
        for content in ("first", "the words that were lost", "last")
    ]
    creating = [asyncio.create_task(stores.messages.create(draft)) for draft in drafts]
    await until_head(rival, user_id, 4)
    road.cut()
    written = await asyncio.gather(*creating)
    assert [one.record.revision for one in written] == [2, 3, 4]
    assert await rival.fetchval("select count(*) from messages where user_id = $1", user_id) == 3
