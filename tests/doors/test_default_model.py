"""Where a conversation names no model, the one that the server answers with counts: through both doors."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.doors.test_token_counts import IN_CL100K, IN_O200K, TEXT, a_message, count_of
from tests.doors.test_windows import window_of
from tests.support.doors import Door
from tests.support.instances import Instance, running
from tests.support.people import Json, Person, register
from tests.support.streaming import start_writing

# It has a limit of its own, and not the vocabulary that counts where nothing is known.
LIMIT = 128_000
RESERVED = 1_024


@pytest.fixture
async def instance(database_url: str) -> AsyncIterator[Instance]:
    async with running(database_url, reply_model="gpt-4-turbo", reply_producer="none") as one:
        yield one


async def has_model(door: Door, conversation: Json, model: str | None) -> None:
    of = {"conversation_id": conversation["id"]}
    await door.call("context:create", {**of, "parameters": {"temperature": 0.5}})
    await door.call("context:update", {**of, "parameters": {"model": model} if model else None})


async def test_without_a_context_everything_is_counted_for_it(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    created = (await door.call("message:create", a_message(conversation, content="a"))).data
    edited = await door.call("message:update", {"id": created["id"], "content": TEXT})
    assert count_of(edited.data) == IN_CL100K
    assert count_of((await door.call("message:create", a_message(conversation))).data) == IN_CL100K
    window = await window_of(door, conversation)
    assert (window["budget"], window["reserved"], window["exact"]) == (LIMIT - RESERVED, RESERVED, True)


async def test_a_context_without_a_model_changes_nothing_and_another_model_all(
    door: Door, person: Person
) -> None:
    conversation = await person.conversation()
    await has_model(door, conversation, None)
    message = (await door.call("message:create", a_message(conversation))).data
    assert count_of(message) == IN_CL100K
    assert (await window_of(door, conversation))["exact"]
    await has_model(door, conversation, "gpt-4.1")
    edited = await door.call("message:update", {"id": message["id"], "content": f"{TEXT} "})
    assert count_of(edited.data)[1] == IN_O200K[1]
    window = await window_of(door, conversation)
    assert (window["budget"], window["exact"]) == (1_047_576 - RESERVED, True)


async def test_what_was_counted_for_another_model_is_not_called_exact(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    await has_model(door, conversation, "gpt-4o")
    assert count_of((await door.call("message:create", a_message(conversation))).data) == IN_O200K
    await has_model(door, conversation, None)
    window = await window_of(door, conversation)
    assert (window["budget"], window["exact"]) == (LIMIT - RESERVED, False)


async def test_a_system_text_and_what_streamed_are_counted_for_it_too(door: Door, person: Person) -> None:
    writer = await start_writing(person, content=TEXT)
    assert count_of(await writer.finish()) == IN_CL100K
    conversation = {"id": writer.message["conversation_id"]}
    of = {"conversation_id": conversation["id"], "parameters": {"system": TEXT}}
    await door.call("context:create", of)
    window = await window_of(door, conversation)
    assert [one["token_count"] for one in window["messages"]] == [IN_CL100K[0]] * 2
    assert window["exact"]


async def test_a_workflow_s_first_model_is_the_one_that_is_counted_for(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    workflow = {"webhook_url": "http://127.0.0.1:9/hook", "webhook_secret": "whsec_" + "c2VjcmV0" * 5}
    async with running(database_url, **workflow, reply_models="gpt-4-turbo,gpt-4o") as instance:
        person = await register(instance, http)
        models = await person.must("GET", "/models")
        assert [(one["id"], one["default"]) for one in models] == [("gpt-4-turbo", True), ("gpt-4o", False)]
        message = await person.message(await person.conversation(), TEXT)
        assert count_of(message) == IN_CL100K
