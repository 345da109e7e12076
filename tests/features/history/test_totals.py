"""The totals of a conversation are kept by every statement that writes its messages."""

from pathlib import Path

import asyncpg
import pytest

from bitworks.storage.migrations import MIGRATIONS
from tests.support.instances import Instance
from tests.support.people import Json, Person

LONG = "What would we do in Málaga, if it rained? " * 100


async def totals(database_url: str, conversation: Json) -> tuple[int, int]:
    """The messages and tokens that are kept for a conversation, which must be those of its messages."""
    connection = await asyncpg.connect(database_url)
    kept = await connection.fetchrow(
        "select message_total, token_total from conversations where id = $1", conversation["id"]
    )
    found = await connection.fetchrow(
        "select count(*), coalesce(sum(tokens_of(token_count, content)), 0) from messages"
        " where conversation_id = $1 and status <> 'streaming'",
        conversation["id"],
    )
    await connection.close()
    assert tuple(kept) == tuple(found)
    return tuple(kept)


async def test_a_conversation_begins_with_nothing(person: Person, database_url: str) -> None:
    assert await totals(database_url, await person.conversation()) == (0, 0)


async def test_creations_are_added_and_repetitions_are_not(person: Person, database_url: str) -> None:
    conversation = await person.conversation()
    message = await person.message(conversation, "hello world")
    await person.message(conversation, "hello world", id=message["id"])
    await person.message(await person.conversation(), "elsewhere")
    assert await totals(database_url, conversation) == (1, 2)


async def test_an_edit_adds_the_difference(person: Person, database_url: str) -> None:
    conversation = await person.conversation()
    message = await person.message(conversation, LONG)
    await person.message(conversation, "hello world")
    await person.must("PUT", f"/messages/{message['id']}", {"content": "hello world"})
    await person.must("PUT", f"/messages/{message['id']}", {"metadata": {"a": 1}})
    assert await totals(database_url, conversation) == (2, 4)


async def test_a_deletion_is_taken_off_once(person: Person, database_url: str) -> None:
    conversation = await person.conversation()
    message = await person.message(conversation, LONG)
    await person.message(conversation, "hello world")
    for _ in range(2):
        await person.must("DELETE", f"/messages/{message['id']}")
    assert await totals(database_url, conversation) == (1, 2)


async def test_a_message_that_streams_is_added_when_it_ends(person: Person, database_url: str) -> None:
    conversation = await person.conversation()
    ended, deleted = [await person.message(conversation, "hello", status="streaming") for _ in range(2)]
    assert ended["token_count"] is None
    assert await totals(database_url, conversation) == (0, 0)
    await person.must("POST", f"/messages/{ended['id']}/append", {"text": " world"})
    finished = await person.must("POST", f"/messages/{ended['id']}/finish", {})
    await person.must("DELETE", f"/messages/{deleted['id']}")
    assert (finished["token_count"], finished["metadata"]) == (2, {"vocabulary": "o200k_base"})
    assert await totals(database_url, conversation) == (1, 2)


async def test_what_was_never_counted_is_estimated_until_it_is_edited(
    person: Person, database_url: str
) -> None:
    """As by the migration, for what was written before it."""
    conversation = await person.conversation()
    first, second, third = [await person.message(conversation, "hello world") for _ in range(3)]
    connection = await asyncpg.connect(database_url)
    await connection.execute("update messages set token_count = null")
    await connection.execute(_backfill(MIGRATIONS))
    await connection.close()
    assert await totals(database_url, conversation) == (3, 9)
    await person.must("PUT", f"/messages/{first['id']}", {"content": "hello, world"})
    await person.must("PUT", f"/messages/{second['id']}", {"metadata": {"a": 1}})
    await person.must("DELETE", f"/messages/{third['id']}")
    assert await totals(database_url, conversation) == (2, 6)


def _backfill(migrations: Path) -> str:
    text = (migrations / "20261124000100_totals.sql").read_text(encoding="utf-8")
    return (
        "update conversations c\nset message_total"
        + text.split("update conversations c\nset message_total", 1)[1].partition(";")[0]
    )


@pytest.mark.parametrize("model", ["gpt-4", None])
async def test_many_at_once_add_up(
    instance: Instance, person: Person, database_url: str, model: str | None
) -> None:
    conversations = [await person.conversation() for _ in range(3)]
    for conversation in conversations:
        context = {"conversation_id": conversation["id"], "parameters": {"model": model} if model else {}}
        await person.must("POST", "/context", context)
    async with person.device() as device:
        for n in range(60):
            message = {"conversation_id": conversations[n % 3]["id"], "role": "user", "content": f"hello {n}"}
            await device.client.emit("message:create", message, namespace=person.namespace)
        await device.until_revision(66)
    for conversation in conversations:
        assert (await totals(database_url, conversation))[0] == 20
