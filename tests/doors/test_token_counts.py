"""What messages are counted in, through both doors."""

import uuid

import pytest

from tests.support.doors import Door
from tests.support.people import Json, Person

TEXT = "¿Qué tal? Muy bien, gracias."
IN_O200K, IN_CL100K = (8, "o200k_base"), (10, "cl100k_base")


def count_of(message: Json) -> tuple[int, str]:
    return message["token_count"], message["metadata"]["vocabulary"]


async def for_a_model(person: Person, model: str) -> Json:
    """A conversation whose context names this model."""
    conversation = await person.conversation()
    context = {"conversation_id": conversation["id"], "parameters": {"model": model}}
    await person.must("POST", "/context", context)
    return conversation


def a_message(conversation: Json, **fields: object) -> Json:
    return {"conversation_id": conversation["id"], "role": "user", "content": TEXT, **fields}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("gpt-4o", IN_O200K),
        ("gpt-4", IN_CL100K),
        ("openai/gpt-4-turbo", IN_CL100K),
        ("gpt-4.1-mini", IN_O200K),
        ("somebody-s-own", IN_O200K),
    ],
)
async def test_a_message_is_counted_for_the_model_of_its_conversation(
    door: Door, person: Person, model: str, expected: tuple[int, str]
) -> None:
    conversation = await for_a_model(person, model)
    for _ in range(2):
        assert count_of((await door.call("message:create", a_message(conversation))).data) == expected


async def test_without_a_model_the_default_vocabulary_counts(door: Door, person: Person) -> None:
    created = await door.call("message:create", a_message(await person.conversation()))
    assert count_of(created.data) == IN_O200K


async def test_when_the_model_changes_new_messages_are_counted_for_the_new_one(
    door: Door, person: Person
) -> None:
    conversation = await for_a_model(person, "gpt-4")
    of = {"conversation_id": conversation["id"]}
    seen = [(await door.call("message:create", a_message(conversation))).data]
    await door.call("context:update", {**of, "parameters": {"model": "gpt-4o"}})
    seen.append((await door.call("message:create", a_message(conversation))).data)
    await door.call("context:delete", of)
    seen.append((await door.call("message:create", a_message(conversation))).data)
    assert [count_of(one) for one in seen] == [IN_CL100K, IN_O200K, IN_O200K]


async def test_an_edit_is_counted_again(door: Door, person: Person) -> None:
    conversation = await for_a_model(person, "gpt-4")
    message = (await door.call("message:create", a_message(conversation, content="a"))).data
    edited = await door.call("message:update", {"id": message["id"], "content": TEXT})
    assert count_of(edited.data) == IN_CL100K


async def test_the_vocabulary_is_named_by_the_server_alone(door: Door, person: Person) -> None:
    body = a_message(await person.conversation(), metadata={"vocabulary": "mine", "a": 1})
    message = (await door.call("message:create", body)).data
    assert message["metadata"] == {"vocabulary": "o200k_base", "a": 1}
    update = {"id": message["id"], "metadata": {"vocabulary": "mine", "a": 2}}
    edited = (await door.call("message:update", update)).data
    assert edited["metadata"] == {"vocabulary": "o200k_base", "a": 2}
    assert (await door.call("message:update", update)).data == edited


async def test_a_creation_can_be_repeated_after_the_model_has_changed(door: Door, person: Person) -> None:
    conversation = await for_a_model(person, "gpt-4")
    body = a_message(conversation, id=str(uuid.uuid4()), metadata={"a": 1})
    created = (await door.call("message:create", body)).data
    of = {"conversation_id": conversation["id"]}
    await door.call("context:update", {**of, "parameters": {"model": "gpt-4o"}})
    assert (await door.call("message:create", body)).data == created


async def test_a_long_message_is_counted_too(door: Door, person: Person) -> None:
    content = "What would we do in Málaga, if it rained? " * 1_000
    created = await door.call("message:create", a_message(await person.conversation(), content=content))
    assert created.data["token_count"] == 12_001
