"""Messages, through both doors."""

import uuid
from typing import Any

from tests.support.doors import Door, all_pages, changes_since, head
from tests.support.people import Json, Person


def a_message(conversation: Json, content: str = "hello", **fields: Any) -> Json:
    return {"conversation_id": conversation["id"], "role": "user", "content": content, **fields}


async def numbered(person: Person, count: int) -> tuple[Json, list[Json]]:
    """A conversation with so many messages."""
    conversation = await person.conversation()
    return conversation, [await person.message(conversation, f"number {n}") for n in range(count)]


async def test_a_message_is_created_and_read_back(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    created = await door.call("message:create", a_message(conversation, "¿Qué tal?"))
    assert created.data == {
        "id": str(uuid.UUID(created.data["id"])),
        "conversation_id": conversation["id"],
        "role": "user",
        "content": "¿Qué tal?",
        "status": "complete",
        "metadata": {"vocabulary": "o200k_base"},
        "token_count": 3,
        "timestamp": created.data["timestamp"],
        "edited_at": None,
        "position": 2,
        "revision": 2,
    }
    assert (await door.call("message:get", {"id": created.data["id"]})).data == created.data


async def test_a_message_may_have_any_of_the_roles(person: Person) -> None:
    conversation = await person.conversation()
    for role in ("user", "assistant", "system", "tool"):
        message = await person.message(conversation, role=role, metadata={"tool_call_id": "x"})
        assert (message["role"], message["metadata"]["tool_call_id"]) == (role, "x")


async def test_any_text_is_kept_as_it_is(door: Door, person: Person) -> None:
    content = ' \t"{}\\u0000"\r\n\u2028\u200d👩‍👩‍👧 \x01\x7f\ufeff\U0010ffff '
    created = await door.call("message:create", a_message(await person.conversation(), content))
    assert created.data["content"] == content
    assert (await door.call("message:get", {"id": created.data["id"]})).data["content"] == content


async def test_a_creation_is_201_and_its_repetition_200(person: Person) -> None:
    body = a_message(await person.conversation(), id=str(uuid.uuid4()))
    assert [(await person.rest("POST", "/messages", body)).status for _ in range(2)] == [201, 200]


async def test_a_repeated_creation_changes_nothing_and_gives_the_record_as_it_is_now(
    door: Door, person: Person
) -> None:
    body = a_message(await person.conversation(), "once", id=str(uuid.uuid4()))
    created = await door.call("message:create", body)
    edited = await door.call("message:update", {"id": body["id"], "content": "edited"})
    repeated = await door.call("message:create", body)
    assert repeated.data == edited.data
    assert edited.data["revision"] == created.data["revision"] + 1
    assert (await head(door)).endswith(f".{edited.data['revision']}")


async def test_another_body_under_the_same_id_is_a_conflict(door: Door, person: Person) -> None:
    body = a_message(await person.conversation(), "one", id=str(uuid.uuid4()))
    await door.call("message:create", body)
    for other in ({"content": "two"}, {"role": "assistant"}, {"metadata": {"a": 1}}):
        assert (await door.call("message:create", {**body, **other})).code == "id_conflict"


async def test_another_conversation_under_the_same_id_is_a_conflict(door: Door, person: Person) -> None:
    id_ = str(uuid.uuid4())
    await door.call("message:create", a_message(await person.conversation(), id=id_))
    again = await door.call("message:create", a_message(await person.conversation(), id=id_))
    assert again.code == "id_conflict"


async def test_a_deleted_id_cannot_be_used_again(door: Door, person: Person) -> None:
    body = a_message(await person.conversation(), id=str(uuid.uuid4()))
    await door.call("message:create", body)
    await door.call("message:delete", {"id": body["id"]})
    assert (await door.call("message:create", body)).code == "deleted"


async def test_a_message_needs_its_conversation(door: Door, person: Person) -> None:
    deleted = await person.conversation()
    await person.must("DELETE", f"/conversations/{deleted['id']}")
    for conversation in (deleted, {"id": str(uuid.uuid4())}):
        assert (await door.call("message:create", a_message(conversation))).code == "not_found"


async def test_what_was_deleted_or_never_was_is_not_found(door: Door, person: Person) -> None:
    message = await person.message(await person.conversation())
    await door.call("message:delete", {"id": message["id"]})
    for id_ in (message["id"], str(uuid.uuid4())):
        assert (await door.call("message:get", {"id": id_})).code == "not_found"
        assert (await door.call("message:update", {"id": id_, "content": "x"})).code == "not_found"
    assert (await door.call("message:delete", {"id": str(uuid.uuid4())})).code == "not_found"


async def test_a_deletion_leaves_a_tombstone_and_its_repetition_nothing(door: Door, person: Person) -> None:
    message = await person.message(await person.conversation())
    cursor = await head(door)
    for _ in range(2):
        assert (await door.call("message:delete", {"id": message["id"]})).ok
    tombstone = {key: message[key] for key in ("id", "conversation_id", "timestamp")}
    assert await changes_since(door, cursor) == [
        {"revision": 3, "event": "message:deleted", "data": {**tombstone, "revision": 3}}
    ]


async def test_an_edit_says_when_and_keeps_the_place(door: Door, person: Person) -> None:
    message = await person.message(await person.conversation(), metadata={"kept": True})
    edited = (await door.call("message:update", {"id": message["id"], "content": "better"})).data
    assert edited == {
        **message,
        "content": "better",
        "edited_at": edited["edited_at"],
        "token_count": edited["token_count"],
        "revision": 3,
    }
    assert edited["edited_at"] >= message["timestamp"]


async def test_null_clears_metadata_and_an_object_replaces_it_whole(door: Door, person: Person) -> None:
    message = await person.message(await person.conversation(), metadata={"a": 1, "b": 2})
    for given, kept in [({"b": 3}, {"b": 3}), (None, {})]:
        updated = await door.call("message:update", {"id": message["id"], "metadata": given})
        assert updated.data["metadata"] == {**kept, "vocabulary": "o200k_base"}
        assert updated.data["content"] == message["content"]


async def test_content_cannot_be_cleared(door: Door, person: Person) -> None:
    message = await person.message(await person.conversation())
    for nothing in (None, ""):
        refused = await door.call("message:update", {"id": message["id"], "content": nothing})
        assert (refused.code, refused.fields) == ("invalid_input", ("content",))


async def test_an_update_that_changes_nothing_takes_no_revision(door: Door, person: Person) -> None:
    message = await person.message(await person.conversation(), "same", metadata={"a": 1})
    cursor = await head(door)
    for same in ({}, {"content": "same"}, {"metadata": {"a": 1}}):
        assert (await door.call("message:update", {"id": message["id"], **same})).data == message
    assert await head(door) == cursor


async def test_an_update_of_what_was_not_seen_is_stale_and_shows_the_present(
    door: Door, person: Person
) -> None:
    message = await person.message(await person.conversation())
    update = {"id": message["id"], "if_revision": message["revision"]}
    present = await door.call("message:update", {**update, "content": "two"})
    refused = await door.call("message:update", {**update, "content": "three"})
    assert (refused.code, refused.current) == ("stale", present.data)
    assert (await door.call("message:get", {"id": message["id"]})).data == present.data


async def test_the_newest_page_comes_first_and_names_the_older_ones(door: Door, person: Person) -> None:
    conversation, messages = await numbered(person, 7)
    pages = await all_pages(door, "message:list", {"conversation_id": conversation["id"], "limit": 3})
    assert pages == [messages[4:], messages[1:4], messages[:1]]


async def test_before_a_position_pages_go_back(door: Door, person: Person) -> None:
    conversation, messages = await numbered(person, 6)
    page = {"conversation_id": conversation["id"], "before": messages[5]["position"], "limit": 2}
    assert await all_pages(door, "message:list", page) == [messages[3:5], messages[1:3], messages[:1]]


async def test_after_a_position_pages_go_on(door: Door, person: Person) -> None:
    conversation, messages = await numbered(person, 6)
    page = {"conversation_id": conversation["id"], "after": messages[0]["position"], "limit": 2}
    assert await all_pages(door, "message:list", page) == [messages[1:3], messages[3:5], messages[5:]]


async def test_beyond_either_end_there_is_nothing(door: Door, person: Person) -> None:
    conversation, messages = await numbered(person, 2)
    for beyond in ({"before": messages[0]["position"]}, {"after": messages[-1]["position"]}):
        page = await door.call("message:list", {"conversation_id": conversation["id"], **beyond})
        assert (page.data, page.next) == ([], None)


async def test_before_and_after_together_are_refused(door: Door, person: Person) -> None:
    page = {"conversation_id": (await person.conversation())["id"], "before": 5, "after": 1}
    assert (await door.call("message:list", page)).code == "invalid_input"


async def test_a_page_ends_at_a_mebibyte_of_content_with_at_least_one_row(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    sizes = [400_000, 400_000, 400_000, 1_000_000]
    written = [await person.message(conversation, "ñ" * (size // 2)) for size in sizes]
    huge = await person.message(conversation, "€" * 1_000_000)
    forth = await all_pages(door, "message:list", {"conversation_id": conversation["id"], "after": 0})
    assert forth == [written[:2], [written[2]], [written[3]], [huge]]
    back = await all_pages(door, "message:list", {"conversation_id": conversation["id"]})
    assert back == [[huge], [written[3]], written[1:3], [written[0]]]


async def test_an_edit_changes_neither_the_place_nor_updated_at(door: Door, person: Person) -> None:
    conversation, messages = await numbered(person, 3)
    edited = (await door.call("message:update", {"id": messages[0]["id"], "content": "edited"})).data
    listed = await door.call("message:list", {"conversation_id": conversation["id"]})
    assert listed.data == [edited, *messages[1:]]
    present = await door.call("conversation:get", {"id": conversation["id"]})
    assert present.data["updated_at"] == messages[2]["timestamp"]


async def test_before_the_first_position_there_is_nothing(door: Door, person: Person) -> None:
    conversation, _ = await numbered(person, 1)
    page = await door.call("message:list", {"conversation_id": conversation["id"], "before": 0})
    assert page.data == []
