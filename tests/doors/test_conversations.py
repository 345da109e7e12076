"""Conversations, through both doors."""

import uuid

from tests.support.doors import Door, all_pages, changes_since, head
from tests.support.people import Person


async def test_a_conversation_needs_nothing_to_be_created(door: Door, person: Person) -> None:
    created = await door.call("conversation:create", {})
    assert created.data == {
        "id": str(uuid.UUID(created.data["id"])),
        "user_id": person.id,
        "title": None,
        "metadata": {},
        "created_at": created.data["updated_at"],
        "updated_at": created.data["updated_at"],
        "position": 1,
        "revision": 1,
    }


async def test_a_conversation_is_created_with_what_was_given_and_read_back(door: Door) -> None:
    fields = {"id": str(uuid.uuid4()), "title": "Viaje a Málaga 🛶", "metadata": {"model": "m", "n": 1.5}}
    created = await door.call("conversation:create", fields)
    assert created.data.items() >= fields.items()
    assert (await door.call("conversation:get", {"id": fields["id"]})).data == created.data


async def test_an_id_is_the_same_in_capitals(door: Door) -> None:
    id_ = str(uuid.uuid4())
    created = await door.call("conversation:create", {"id": id_.upper()})
    assert created.data["id"] == id_
    assert (await door.call("conversation:get", {"id": id_.upper()})).data == created.data


async def test_a_creation_is_201_and_its_repetition_200(person: Person) -> None:
    body = {"id": str(uuid.uuid4()), "title": "once"}
    assert [(await person.rest("POST", "/conversations", body)).status for _ in range(2)] == [201, 200]


async def test_a_repeated_creation_gives_the_record_as_it_is_now(door: Door) -> None:
    body = {"id": str(uuid.uuid4()), "title": "first"}
    await door.call("conversation:create", body)
    renamed = await door.call("conversation:update", {"id": body["id"], "title": "second"})
    cursor = await head(door)
    assert (await door.call("conversation:create", body)).data == renamed.data
    assert await head(door) == cursor


async def test_another_body_under_the_same_id_is_a_conflict(door: Door) -> None:
    body = {"id": str(uuid.uuid4()), "title": "one"}
    await door.call("conversation:create", body)
    assert (await door.call("conversation:create", {**body, "title": "two"})).code == "id_conflict"
    assert (await door.call("conversation:create", {**body, "metadata": {"a": 1}})).code == "id_conflict"


async def test_a_deleted_id_cannot_be_used_again(door: Door) -> None:
    body = {"id": str(uuid.uuid4())}
    await door.call("conversation:create", body)
    await door.call("conversation:delete", body)
    assert (await door.call("conversation:create", body)).code == "deleted"


async def test_what_was_deleted_is_not_found(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    await door.call("conversation:delete", {"id": conversation["id"]})
    for event, more in [("conversation:get", {}), ("conversation:update", {"title": "x"})]:
        assert (await door.call(event, {"id": conversation["id"], **more})).code == "not_found"


async def test_what_never_was_cannot_be_read_changed_or_deleted(door: Door) -> None:
    nothing = {"id": str(uuid.uuid4())}
    for event in ("conversation:get", "conversation:update", "conversation:delete"):
        assert (await door.call(event, nothing)).code == "not_found"


async def test_deleting_again_is_no_error_and_no_change(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    await door.call("conversation:delete", {"id": conversation["id"]})
    cursor = await head(door)
    repeated = await door.call("conversation:delete", {"id": conversation["id"]})
    assert repeated.ok
    assert repeated.data is None
    assert await head(door) == cursor


async def test_a_deletion_is_204_however_often(person: Person) -> None:
    path = f"/conversations/{(await person.conversation())['id']}"
    answers = [await person.rest("DELETE", path) for _ in range(2)]
    assert [(one.status, one.body) for one in answers] == [(204, None), (204, None)]


async def test_deleting_takes_messages_and_context_along_as_one_change(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    message = await person.message(conversation)
    of_conversation = {"conversation_id": conversation["id"]}
    await person.must("POST", "/context", of_conversation)
    cursor = await head(door)
    await door.call("conversation:delete", {"id": conversation["id"]})
    assert await changes_since(door, cursor) == [
        {"revision": 4, "event": "conversation:deleted", "data": {"id": conversation["id"], "revision": 4}}
    ]
    assert (await door.call("message:get", {"id": message["id"]})).code == "not_found"
    assert (await door.call("message:list", of_conversation)).code == "not_found"
    assert (await door.call("context:get", of_conversation)).code == "not_found"


async def test_an_absent_field_stays(door: Door, person: Person) -> None:
    conversation = await person.conversation(title="old", metadata={"kept": True})
    updated = await door.call("conversation:update", {"id": conversation["id"], "title": "new"})
    assert (updated.data["title"], updated.data["metadata"]) == ("new", {"kept": True})
    assert updated.data["revision"] == 2
    assert updated.data["position"] == 1


async def test_null_clears(door: Door, person: Person) -> None:
    conversation = await person.conversation(title="old", metadata={"gone": True})
    cleared = await door.call(
        "conversation:update", {"id": conversation["id"], "title": None, "metadata": None}
    )
    assert (cleared.data["title"], cleared.data["metadata"]) == (None, {})


async def test_an_object_replaces_the_object_whole(door: Door, person: Person) -> None:
    conversation = await person.conversation(metadata={"a": {"x": 1}, "b": 2})
    updated = await door.call("conversation:update", {"id": conversation["id"], "metadata": {"a": {"y": 1}}})
    assert updated.data["metadata"] == {"a": {"y": 1}}


async def test_an_update_that_changes_nothing_takes_no_revision(door: Door, person: Person) -> None:
    conversation = await person.conversation(title="same", metadata={"a": 1, "b": 2})
    cursor = await head(door)
    for same in ({}, {"title": "same"}, {"metadata": {"b": 2, "a": 1}}, {"if_revision": 1, "title": "same"}):
        outcome = await door.call("conversation:update", {"id": conversation["id"], **same})
        assert outcome.data == conversation
    assert await head(door) == cursor


async def test_an_update_of_what_was_seen_is_applied(door: Door, person: Person) -> None:
    conversation = await person.conversation(title="one")
    update = {"id": conversation["id"], "title": "two", "if_revision": conversation["revision"]}
    assert (await door.call("conversation:update", update)).data["title"] == "two"


async def test_an_update_of_what_was_not_seen_is_stale_and_shows_the_present(
    door: Door, person: Person
) -> None:
    conversation = await person.conversation(title="one")
    present = await door.call("conversation:update", {"id": conversation["id"], "title": "two"})
    for title in ("three", "two"):
        update = {"id": conversation["id"], "title": title, "if_revision": conversation["revision"]}
        refused = await door.call("conversation:update", update)
        assert (refused.code, refused.current) == ("stale", present.data)
    assert (await door.call("conversation:get", {"id": conversation["id"]})).data == present.data


async def test_every_page_names_the_next_until_each_row_was_given_once(door: Door, person: Person) -> None:
    created = [(await person.conversation(title=str(n)))["id"] for n in range(7)]
    pages = await all_pages(door, "conversation:list", {"limit": 3})
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(one["id"] for page in pages for one in page) == sorted(created)
    times = [one["updated_at"] for page in pages for one in page]
    assert times == sorted(times, reverse=True)


async def test_a_last_page_that_is_full_names_no_next(door: Door, person: Person) -> None:
    for _ in range(4):
        await person.conversation()
    assert [len(page) for page in await all_pages(door, "conversation:list", {"limit": 2})] == [2, 2]


async def titles(door: Door, words: str) -> list[str]:
    return [one["title"] for one in (await door.call("conversation:list", {"title": words})).data]


async def test_a_list_may_be_of_those_whose_title_has_some_words(door: Door, person: Person) -> None:
    for title in ("Un paseo por MÁLAGA", "A walk", None, "Μάλαγα", "50% [off]_"):
        await person.conversation(title=title)
    for words in ("málaga", "Malaga", "POR MA", "Ma\u0301laga"):
        assert await titles(door, words) == ["Un paseo por MÁLAGA"]
    assert await titles(door, "ΜΑΛ") == ["Μάλαγα"]
    for words in ("%", "[", "f]_", "50"):
        assert await titles(door, words) == ["50% [off]_"]
    assert await titles(door, ".") == []


async def test_titles_in_scripts_with_marks_are_found(door: Door, person: Person) -> None:
    """As the rule of `core/folding.py` has it; here, that PostgreSQL is asked by it."""
    for title in ("プログラミング入門", "がんばる", "ที่เที่ยว", "हिन्दी", "مُحَمَّد", "שָׁלוֹם", "Straße  Đà ﬁne"):
        await person.conversation(title=title)
        assert await titles(door, title) == [title]
    for words, title in (("محمد", "مُحَمَّد"), ("שלום", "שָׁלוֹם"), ("strasse da fine", "Straße  Đà ﬁne")):
        assert await titles(door, words) == [title]
    assert await titles(door, "か") == []


async def test_a_title_that_was_changed_is_found_by_its_new_words_alone(door: Door, person: Person) -> None:
    conversation = await person.conversation(title="Roma")
    assert await titles(door, "roma") == ["Roma"]
    await door.call("conversation:update", {"id": conversation["id"], "title": "París"})
    assert await titles(door, "roma") == []
    assert await titles(door, "paris") == ["París"]


async def test_words_of_nothing_but_white_space_find_all(door: Door, person: Person) -> None:
    for title in ("one", None):
        await person.conversation(title=title)
    assert len(await titles(door, "  ")) == 2


async def test_the_pages_of_what_has_some_words_name_the_next(door: Door, person: Person) -> None:
    for n in range(5):
        await person.conversation(title=f"Rome {n}")
        await person.conversation(title=f"Paris {n}")
    pages = await all_pages(door, "conversation:list", {"limit": 2, "title": "rome"})
    assert [[one["title"] for one in page] for page in pages] == [
        ["Rome 4", "Rome 3"],
        ["Rome 2", "Rome 1"],
        ["Rome 0"],
    ]


async def test_words_to_look_for_are_not_empty(door: Door) -> None:
    refused = await door.call("conversation:list", {"title": ""})
    assert (refused.code, refused.fields) == ("invalid_input", ("title",))


async def test_whoever_has_no_conversations_gets_an_empty_list_and_a_cursor(door: Door) -> None:
    empty = await door.call("conversation:list", {})
    assert (empty.data, empty.next) == ([], None)
    assert await changes_since(door, str(empty.cursor)) == []


async def test_what_follows_the_cursor_of_a_list_is_what_changed_since(door: Door, person: Person) -> None:
    await person.conversation()
    cursor = await head(door)
    later = await person.conversation()
    assert await changes_since(door, cursor) == [
        {"revision": 2, "event": "conversation:created", "data": later}
    ]


async def test_one_s_own_id_may_stand_for_me(person: Person) -> None:
    conversation = await person.conversation()
    for name in ("me", person.id, person.id.upper()):
        assert await person.must("GET", f"/conversations/{name}") == [conversation]


async def test_a_message_raises_updated_at_without_a_change_of_the_conversation(
    door: Door, person: Person
) -> None:
    older, newer = await person.conversation(), await person.conversation()
    message = await person.message(older)
    raised = {**older, "updated_at": message["timestamp"]}
    assert (await door.call("conversation:get", {"id": older["id"]})).data == raised
    newest_first = sorted([raised, newer], key=lambda one: (one["updated_at"], one["id"]), reverse=True)
    assert (await door.call("conversation:list", {})).data == newest_first


async def test_deleting_a_message_does_not_lower_updated_at(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    message = await person.message(conversation)
    await door.call("message:delete", {"id": message["id"]})
    present = await door.call("conversation:get", {"id": conversation["id"]})
    assert present.data["updated_at"] == message["timestamp"]


async def test_a_change_of_its_own_raises_updated_at(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    message = await person.message(conversation)
    renamed = await door.call("conversation:update", {"id": conversation["id"], "title": "new"})
    assert renamed.data["updated_at"] >= message["timestamp"]
    assert renamed.data["created_at"] == conversation["created_at"]


async def test_a_page_ends_at_a_mebibyte_of_content(door: Door, person: Person) -> None:
    for n in range(70):
        await person.conversation(metadata={"a": f"{n:016}" * 1000})
    pages = await all_pages(door, "conversation:list", {"limit": 200})
    assert len(pages) > 1
