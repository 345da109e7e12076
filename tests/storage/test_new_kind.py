"""A new kind of revisioned row is a migration and one declaration: everything that all kinds do, it does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar
from uuid import uuid4

import aiohttp
import asyncpg
import pytest

from bitworks.core.errors import Deleted, IdConflict, NotFound, Stale
from bitworks.core.ids import Revision, UserId
from bitworks.core.records import Json, Record, Tombstone
from bitworks.features.history.kinds import KINDS
from bitworks.hosting.app import Tuning
from bitworks.storage.kinds import Kind
from bitworks.storage.rows import NewRow, RowEdit, Rows
from tests.support.instances import Instance, running
from tests.support.people import Person, register
from tests.support.plans import BIG_USER, assert_keyed, explain, insert_history, insert_others
from tools.reference import pushed

MIGRATION = """
create table notes (
    user_id uuid not null references users on delete cascade,
    id uuid not null,
    data jsonb not null,
    position bigint not null,
    revision bigint not null,
    fingerprint bytea not null,
    primary key (user_id, id)
);
create index notes_by_revision on notes (user_id, revision);
"""


@dataclass(frozen=True, slots=True)
class Note(Record):
    kind: ClassVar[str] = "note"
    id: str
    data: Json
    position: Revision
    revision: Revision


@dataclass(frozen=True, slots=True)
class DeletedNote(Tombstone):
    kind: ClassVar[str] = "note"
    id: str
    revision: Revision


COLUMNS = "id, data, position, revision"
NOTE = Kind(
    record=Note,
    tombstone=DeletedNote,
    table="notes",
    columns={"data": "jsonb"},
    statements={
        "get": f"select {COLUMNS} from notes where user_id = $1 and id = $2",
        "existing": "select fingerprint from notes where user_id = $1 and id = $2",
        "insert": f"""insert into notes (user_id, id, data, position, revision, fingerprint)
                      values ($1, $2, $3, $4, $4, $5) returning {COLUMNS}""",
        "update": f"update notes set data = $3, revision = $4 where user_id = $1 and id = $2 returning {COLUMNS}",
        "delete": "delete from notes where user_id = $1 and id = $2 returning id",
        "changes": f"""select {COLUMNS}, octet_length(data::text) as size
                       from notes where user_id = $1 and revision > $2 order by revision limit $3 + 1""",
    },
    insert_takes=("data", "revision", "fingerprint"),
    update_takes=("data", "revision"),
)
ID = str(uuid4())
NEW = NewRow(ID, {"data": {"text": "milk"}}, b"first")


@pytest.fixture
async def instance(database_url: str) -> AsyncIterator[Instance]:
    connection = await asyncpg.connect(database_url)
    await connection.execute(MIGRATION)
    await connection.close()
    async with running(database_url, tuning=Tuning(kinds=(*KINDS, NOTE))) as one:
        yield one


@pytest.fixture
def notes(instance: Instance) -> Rows[Note]:
    return Rows(instance.app.stores.database, instance.app.stores.revisions, NOTE)


@pytest.fixture
async def person(instance: Instance, http: aiohttp.ClientSession) -> Person:
    return await register(instance, http)


async def test_it_is_created_changed_and_deleted_as_every_kind_is(notes: Rows[Note], person: Person) -> None:
    user_id = UserId(person.id)
    created = await notes.create(user_id, NEW)
    assert created.change is not None
    assert created.change.event == "note:created"
    assert (await notes.create(user_id, NEW)).change is None
    with pytest.raises(IdConflict):
        await notes.create(user_id, NewRow(ID, NEW.values, b"another"))
    assert (await notes.update(user_id, ID, RowEdit(NEW.values, None))).change is None
    updated = await notes.update(user_id, ID, RowEdit({"data": {"text": "bread"}}, created.record.revision))
    assert (updated.record.data, updated.record.revision) == ({"text": "bread"}, 2)
    with pytest.raises(Stale):
        await notes.update(user_id, ID, RowEdit({"data": {}}, created.record.revision))
    deleted = await notes.delete(user_id, ID)
    assert deleted is not None
    assert (deleted.event, deleted.revision) == ("note:deleted", 3)
    assert await notes.delete(user_id, ID) is None
    with pytest.raises(Deleted):
        await notes.create(user_id, NEW)
    with pytest.raises(NotFound):
        await notes.delete(user_id, str(uuid4()))


async def test_it_is_caught_up_with_and_pushed_as_every_kind_is(
    instance: Instance, notes: Rows[Note], person: Person
) -> None:
    user_id = UserId(person.id)
    await person.conversation()
    async with person.device() as live:
        created = await notes.create(user_id, NEW)
        instance.app.publisher.change(user_id, created.change)
        await live.until_revision(2)
        assert [one[1]["data"] for one in live.named("note:created")] == [{"text": "milk"}]
    async with person.device(since=live.cursor) as back:
        instance.app.publisher.change(user_id, await notes.delete(user_id, ID))
        await back.until_revision(3)
        assert back.named("note:deleted")[0][1] == {"id": ID, "revision": 3}
    page = (await person.rest("GET", f"/changes?since={live.cursor}")).body
    assert [(one["event"], one["data"]) for one in page["changes"]] == [
        ("note:deleted", {"id": ID, "revision": 3})
    ]


async def test_it_is_described_with_the_others(person: Person) -> None:
    schemas = (await person.rest("GET", "/openapi.json")).body["components"]["schemas"]
    assert "note:updated" in schemas["Change"]["properties"]["event"]["enum"]
    assert set(schemas["Note"]["properties"]) == {"id", "data", "position", "revision"}


async def test_with_it_catching_up_stays_keyed(instance: Instance, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await insert_history(connection)
    await insert_others(connection, 300)
    await connection.execute(
        f"""insert into notes select '{BIG_USER}', gen_random_uuid(), '{{}}', n, n, ''
            from generate_series(1, 20000) n"""
    )
    await connection.execute("analyze notes")
    statement = instance.app.stores.changes.since_statement
    assert_keyed(await explain(connection, statement, (BIG_USER, 100, 200, 1024, 0)))
    await connection.close()


def test_its_events_are_described() -> None:
    described = [(one.event, one.arguments) for one in pushed([NOTE])]
    assert described == [
        ("note:created", "Note, cursor"),
        ("note:updated", "Note, cursor"),
        ("note:deleted", "DeletedNote, cursor"),
    ]
