"""Contexts, through both doors."""

import uuid

from tests.support.doors import Door, changes_since, head
from tests.support.people import Json, Person

WINDOW = {"max_tokens": 4000, "max_messages": 20, "pinned": [], "strategy": "sliding"}
PARAMETERS = {"model": "m", "system": "Be brief.", "temperature": 0.5, "top_p": 1, "max_output_tokens": 100}
WRONG: list[tuple[str, Json]] = [
    ("context_window", {"max_tokens": 0}),
    ("context_window", {"max_tokens": "many"}),
    ("context_window", {"max_messages": -1}),
    ("context_window", {"strategy": "guess"}),
    ("context_window", {"pinned": "all"}),
    ("context_window", {"pinned": ["not an id"]}),
    ("context_window", {"pinned": [str(uuid.UUID(int=n)) for n in range(101)]}),
    ("parameters", {"model": 1}),
    ("parameters", {"system": ["a"]}),
    ("parameters", {"temperature": "hot"}),
    ("parameters", {"temperature": -0.1}),
    ("parameters", {"top_p": 1.1}),
    ("parameters", {"max_output_tokens": 1.5}),
]


async def of_a_new_conversation(person: Person) -> Json:
    """What names a conversation that has no context yet."""
    return {"conversation_id": (await person.conversation())["id"]}


async def test_a_context_is_created_and_read_back(door: Door, person: Person) -> None:
    of = await of_a_new_conversation(person)
    created = await door.call("context:create", {**of, "context_window": WINDOW, "parameters": PARAMETERS})
    assert created.data == {
        "id": str(uuid.UUID(created.data["id"])),
        **of,
        "context_window": WINDOW,
        "parameters": PARAMETERS,
        "summary": None,
        "position": 2,
        "revision": 2,
    }
    assert (await door.call("context:get", of)).data == created.data


async def test_a_context_may_be_empty(door: Door, person: Person) -> None:
    created = await door.call("context:create", await of_a_new_conversation(person))
    assert (created.data["context_window"], created.data["parameters"]) == (None, None)


async def test_keys_that_are_not_known_are_kept(door: Door, person: Person) -> None:
    fields = {"context_window": {"mine": [1, {"a": None}]}, "parameters": {"seed": 7, "stop": ["\n"]}}
    created = await door.call("context:create", {**await of_a_new_conversation(person), **fields})
    assert created.data.items() >= fields.items()


async def test_keys_that_are_known_are_checked(door: Door, person: Person) -> None:
    of = await of_a_new_conversation(person)
    for field, value in WRONG:
        refused = await door.call("context:create", {**of, field: value})
        assert refused.code == "invalid_input", value
        assert refused.fields[0].startswith(f"{field}.{next(iter(value))}"), value
    assert (await door.call("context:get", of)).code == "not_found"


NO_ROOM: list[Json] = [
    {"context_window": {"max_tokens": 1000}, "parameters": {"max_output_tokens": 1000}},
    {"parameters": {"model": "gpt-4", "max_output_tokens": 8192}},
]
ROOM: list[Json] = [
    {"context_window": {"max_tokens": 1000}, "parameters": {"max_output_tokens": 999}},
    {"context_window": {"max_tokens": 9000}, "parameters": {"model": "gpt-4", "max_output_tokens": 8192}},
    # How much an unknown model reads is not known against what the person says.
    {"parameters": {"max_output_tokens": 8192}},
    {"parameters": {"model": "qwen3:32b", "max_output_tokens": 16_000}},
]


async def test_an_answer_as_large_as_the_window_is_refused_when_it_is_set(door: Door, person: Person) -> None:
    of = await of_a_new_conversation(person)
    for fields in NO_ROOM:
        refused = await door.call("context:create", {**of, **fields})
        assert (refused.code, refused.fields) == ("invalid_input", ("parameters.max_output_tokens",))
    await door.call("context:create", {**of, **ROOM[0]})
    for half in ({"context_window": {"max_tokens": 500}}, {"parameters": {"max_output_tokens": 2000}}):
        assert (await door.call("context:update", {**of, **half})).code == "invalid_input"
    for fields in ROOM:
        assert (await door.call("context:update", {**of, "context_window": None, **fields})).ok


async def test_a_creation_is_201_and_its_repetition_200(person: Person) -> None:
    body = {**await of_a_new_conversation(person), "id": str(uuid.uuid4())}
    assert [(await person.rest("POST", "/context", body)).status for _ in range(2)] == [201, 200]


async def test_a_repeated_creation_gives_the_record_as_it_is_now(door: Door, person: Person) -> None:
    body = {**await of_a_new_conversation(person), "id": str(uuid.uuid4())}
    await door.call("context:create", body)
    of = {"conversation_id": body["conversation_id"]}
    updated = await door.call("context:update", {**of, "parameters": PARAMETERS})
    cursor = await head(door)
    assert (await door.call("context:create", body)).data == updated.data
    assert await head(door) == cursor


async def test_another_body_under_the_same_id_is_a_conflict(door: Door, person: Person) -> None:
    body = {**await of_a_new_conversation(person), "id": str(uuid.uuid4())}
    await door.call("context:create", body)
    other = {**body, "parameters": PARAMETERS}
    assert (await door.call("context:create", other)).code == "id_conflict"
    elsewhere = {**body, **await of_a_new_conversation(person)}
    assert (await door.call("context:create", elsewhere)).code == "id_conflict"


async def test_a_conversation_has_one_context(door: Door, person: Person) -> None:
    of = await of_a_new_conversation(person)
    present = await door.call("context:create", of)
    cursor = await head(door)
    refused = await door.call("context:create", of)
    assert (refused.code, refused.current) == ("context_exists", present.data)
    assert (await door.call("context:create", {**of, "id": str(uuid.uuid4())})).code == "context_exists"
    assert await head(door) == cursor


async def test_a_context_needs_its_conversation(door: Door) -> None:
    nowhere = {"conversation_id": str(uuid.uuid4())}
    for event in ("context:create", "context:get", "context:update", "context:delete"):
        assert (await door.call(event, nowhere)).code == "not_found"


async def test_a_conversation_without_a_context_has_none_to_change(door: Door, person: Person) -> None:
    of = await of_a_new_conversation(person)
    for event in ("context:get", "context:update", "context:delete"):
        assert (await door.call(event, of)).code == "not_found"


async def test_a_deletion_leaves_a_tombstone_and_its_repetition_nothing(door: Door, person: Person) -> None:
    of = await of_a_new_conversation(person)
    context = (await door.call("context:create", of)).data
    cursor = await head(door)
    for _ in range(2):
        assert (await door.call("context:delete", of)).ok
    assert await changes_since(door, cursor) == [
        {"revision": 3, "event": "context:deleted", "data": {"id": context["id"], **of, "revision": 3}}
    ]
    assert (await door.call("context:get", of)).code == "not_found"


async def test_a_deletion_is_204_however_often(person: Person) -> None:
    of = await of_a_new_conversation(person)
    await person.must("POST", "/context", of)
    path = f"/context/{of['conversation_id']}"
    assert [(await person.rest("DELETE", path)).status for _ in range(2)] == [204, 204]


async def test_after_a_deletion_there_may_be_another_but_not_under_its_id(door: Door, person: Person) -> None:
    of = await of_a_new_conversation(person)
    first = {**of, "id": str(uuid.uuid4())}
    await door.call("context:create", first)
    await door.call("context:delete", of)
    assert (await door.call("context:create", first)).code == "deleted"
    second = await door.call("context:create", of)
    assert second.ok
    assert (await door.call("context:get", of)).data == second.data


async def test_an_absent_field_stays_and_null_clears(door: Door, person: Person) -> None:
    of = await of_a_new_conversation(person)
    await door.call("context:create", {**of, "context_window": WINDOW, "parameters": PARAMETERS})
    updated = await door.call("context:update", {**of, "context_window": None})
    assert (updated.data["context_window"], updated.data["parameters"]) == (None, PARAMETERS)


async def test_an_object_replaces_the_object_whole(door: Door, person: Person) -> None:
    of = await of_a_new_conversation(person)
    await door.call("context:create", {**of, "parameters": PARAMETERS})
    updated = await door.call("context:update", {**of, "parameters": {"model": "other"}})
    assert updated.data["parameters"] == {"model": "other"}


async def test_an_update_that_changes_nothing_takes_no_revision(door: Door, person: Person) -> None:
    of = await of_a_new_conversation(person)
    context = (await door.call("context:create", {**of, "parameters": PARAMETERS})).data
    cursor = await head(door)
    for same in ({}, {"parameters": PARAMETERS}, {"context_window": None}):
        assert (await door.call("context:update", {**of, **same})).data == context
    assert await head(door) == cursor


async def test_an_update_of_what_was_not_seen_is_stale_and_shows_the_present(
    door: Door, person: Person
) -> None:
    of = await of_a_new_conversation(person)
    seen = (await door.call("context:create", of)).data["revision"]
    present = await door.call("context:update", {**of, "parameters": PARAMETERS, "if_revision": seen})
    refused = await door.call("context:update", {**of, "parameters": {}, "if_revision": seen})
    assert (refused.code, refused.current) == ("stale", present.data)


async def test_messages_of_the_conversation_may_be_pinned(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    pinned = [(await person.message(conversation, str(n)))["id"] for n in range(2)]
    window = {"pinned": [pinned[0].upper(), pinned[1]]}
    created = await door.call(
        "context:create", {"conversation_id": conversation["id"], "context_window": window}
    )
    assert created.data["context_window"] == {"pinned": pinned}


async def test_other_messages_may_not_be_pinned(door: Door, person: Person) -> None:
    elsewhere = await person.message(await person.conversation())
    of = await of_a_new_conversation(person)
    for stray in (elsewhere["id"], str(uuid.uuid4())):
        window = {"context_window": {"pinned": [stray]}}
        refused = await door.call("context:create", {**of, **window})
        assert (refused.code, refused.fields) == ("invalid_input", ("context_window.pinned",))
        await door.call("context:create", of)
        refused = await door.call("context:update", {**of, **window})
        assert (refused.code, refused.fields) == ("invalid_input", ("context_window.pinned",))
        assert (await door.call("context:get", of)).data["context_window"] is None
        await door.call("context:delete", of)
