"""Messages, through both doors."""

import uuid

from tests.support.doors import Door
from tests.support.people import Person


async def test_a_message_is_created_and_read_back(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    created = await door.call(
        "message:create", {"conversation_id": conversation["id"], "role": "user", "content": "¿Qué tal?"}
    )
    assert created.ok
    assert created.data["content"] == "¿Qué tal?"
    assert created.data["status"] == "complete"
    assert (await door.call("message:get", {"id": created.data["id"]})).data == created.data


async def test_a_repeated_creation_changes_nothing_and_gives_the_record_as_it_is_now(
    door: Door, person: Person
) -> None:
    conversation = await person.conversation()
    body = {"conversation_id": conversation["id"], "role": "user", "content": "once", "id": str(uuid.uuid4())}
    created = await door.call("message:create", body)
    edited = await door.call("message:update", {"id": body["id"], "content": "edited"})
    repeated = await door.call("message:create", body)
    assert repeated.data == edited.data
    assert edited.data["revision"] == created.data["revision"] + 1
    assert (await door.call("sync", {})).data["cursor"].endswith(f".{edited.data['revision']}")


async def test_another_body_under_the_same_id_is_a_conflict(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    body = {"conversation_id": conversation["id"], "role": "user", "content": "one", "id": str(uuid.uuid4())}
    await door.call("message:create", body)
    assert (await door.call("message:create", {**body, "content": "two"})).code == "id_conflict"
