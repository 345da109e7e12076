"""Messages that grow, through both doors."""

import uuid

import pytest

from tests.support.doors import Door, Outcome, all_pages, changes_since, head
from tests.support.people import Json, Person


async def opened(door: Door, person: Person, **fields: object) -> Json:
    """A message that streams, in a conversation of its own."""
    conversation = await person.conversation()
    body = {"conversation_id": conversation["id"], "role": "assistant", "content": ""}
    outcome = await door.call("message:create", {**body, "status": "streaming", **fields})
    assert outcome.ok, outcome
    created: Json = outcome.data
    return created


async def append(door: Door, message: Json, text: str, offset: int | None = None) -> Outcome:
    where = {} if offset is None else {"offset": offset}
    return await door.call("message:append", {"id": message["id"], "text": text, **where})


async def content(door: Door, message: Json) -> str:
    got: Json = (await door.call("message:get", {"id": message["id"]})).data
    return str(got["content"])


async def test_a_message_grows_and_is_finished(door: Door, person: Person) -> None:
    message = await opened(door, person)
    assert (message["status"], message["content"], message["revision"]) == ("streaming", "", 2)
    assert (await append(door, message, "¿Qué ")).data["length"] == 5
    assert (await append(door, message, "tal? 😀")).data["length"] == 12
    finished = await door.call("message:finish", {"id": message["id"]})
    assert finished.data == {
        **message,
        "content": "¿Qué tal? 😀",
        "status": "complete",
        "metadata": {"vocabulary": "o200k_base"},
        "token_count": 4,
        "revision": 3,
    }
    assert (await door.call("message:get", {"id": message["id"]})).data == finished.data


async def test_one_change_opens_a_message_and_one_ends_it(door: Door, person: Person) -> None:
    cursor = await head(door)
    message = await opened(door, person)
    for _ in range(20):
        await append(door, message, "word ")
    ended = await door.call("message:stop", {"id": message["id"]})
    changes = await changes_since(door, cursor)
    assert [one["revision"] for one in changes] == [1, 3]
    assert changes[-1] == {"revision": 3, "event": "message:updated", "data": ended.data}
    assert (ended.data["status"], ended.data["content"]) == ("stopped", "word " * 20)


async def test_a_message_may_begin_with_text(door: Door, person: Person) -> None:
    message = await opened(door, person, content="Begun 😀 ")
    assert (await append(door, message, "and ended", 9)).data["length"] == 18
    ended = await door.call("message:finish", {"id": message["id"]})
    assert ended.data["content"] == "Begun 😀 and ended"


async def test_only_a_streaming_message_may_be_created_empty(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    body = {"conversation_id": conversation["id"], "role": "assistant", "status": "streaming"}
    assert (await door.call("message:create", body)).data["content"] == ""
    for fields in ({}, {"content": ""}):
        refused = await door.call("message:create", {**body, "status": "complete", **fields})
        assert (refused.code, refused.fields) == ("invalid_input", ("content",))


async def test_a_repeated_opening_gives_the_message_as_it_is_now(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    body = {"conversation_id": conversation["id"], "role": "assistant", "id": str(uuid.uuid4())}
    message = (await door.call("message:create", {**body, "status": "streaming"})).data
    await append(door, message, "text")
    ended = await door.call("message:finish", {"id": message["id"]})
    assert (await door.call("message:create", {**body, "status": "streaming"})).data == ended.data
    other = await door.call("message:create", {**body, "content": "text"})
    assert other.code == "id_conflict"


async def test_a_part_that_is_sent_again_is_added_once(door: Door, person: Person) -> None:
    message = await opened(door, person)
    await append(door, message, "one ", 0)
    for text, offset in (("one ", 0), ("one two", 0), ("two", 4), ("e two three", 2)):
        last = await append(door, message, text, offset)
    assert last.data["length"] == 13
    ended = await door.call("message:finish", {"id": message["id"]})
    assert ended.data["content"] == "one two three"


async def test_beyond_what_is_held_is_out_of_order(door: Door, person: Person) -> None:
    message = await opened(door, person)
    await append(door, message, "one")
    refused = await append(door, message, "three", 8)
    assert (refused.code, refused.current["length"]) == ("out_of_order", 3)
    assert refused.current["durable"] <= 3
    assert (await append(door, message, " two three", 3)).data["length"] == 13


async def test_a_pair_that_is_split_between_appends_comes_together(door: Door, person: Person) -> None:
    message = await opened(door, person)
    assert (await append(door, message, "a\ud83d")).data["length"] == 2
    assert (await append(door, message, "\ude00b", 2)).data["length"] == 4
    for half in ("\ude00", "a\ud83db"):
        refused = await append(door, message, half)
        assert (refused.code, refused.fields) == ("invalid_input", ("text",))
    await append(door, message, "c\ud83d")
    ended = await door.call("message:finish", {"id": message["id"]})
    assert ended.data["content"] == "a😀bc"


async def test_u_0000_is_refused_and_an_empty_append_is_a_heartbeat(door: Door, person: Person) -> None:
    message = await opened(door, person)
    assert (await append(door, message, "\x00")).code == "invalid_input"
    assert (await append(door, message, "")).data == {"length": 0, "durable": 0}


async def test_what_is_held_becomes_durable(door: Door, person: Person) -> None:
    message = await opened(door, person)
    appended = await append(door, message, "kept")
    while appended.data["durable"] < 4:
        appended = await append(door, message, "")
    assert appended.data == {"length": 4, "durable": 4}


async def test_text_so_far_is_read_in_every_way(door: Door, person: Person) -> None:
    message = await opened(door, person, content="so ")
    appended = await append(door, message, "far")
    while appended.data["durable"] < 6:
        appended = await append(door, message, "")
    assert await content(door, message) == "so far"
    pages = await all_pages(door, "message:list", {"conversation_id": message["conversation_id"]})
    assert [one["content"] for page in pages for one in page] == ["so far"]
    assert (await changes_since(door, "0"))[-1]["data"]["content"] == "so far"


@pytest.mark.parametrize("status", ["complete", "failed"])
async def test_the_call_that_ended_it_may_be_repeated_and_no_other(
    door: Door, person: Person, status: str
) -> None:
    message = await opened(door, person, metadata={"reply_to": "x"})
    await append(door, message, "text")
    call = {"id": message["id"], "status": status, "metadata": {"model": "m"}}
    ended = await door.call("message:finish", call)
    assert (ended.data["status"], ended.data["metadata"]) == (
        status,
        {
            "reply_to": "x",
            "model": "m",
            "vocabulary": "o200k_base",
        },
    )
    assert (await door.call("message:finish", call)).data == ended.data
    for event, other in (("message:finish", {**call, "metadata": {}}), ("message:stop", {"id": call["id"]})):
        refused = await door.call(event, other)
        assert (refused.code, refused.current) == ("closed", {"status": status})
    assert (await append(door, message, "more")).code == "closed"
    assert await content(door, message) == "text"


async def test_a_stop_may_be_repeated_and_a_finish_after_it_is_closed(door: Door, person: Person) -> None:
    message = await opened(door, person)
    await append(door, message, "half a w")
    stopped = await door.call("message:stop", {"id": message["id"]})
    assert (stopped.data["status"], stopped.data["content"]) == ("stopped", "half a w")
    assert (await door.call("message:stop", {"id": message["id"]})).data == stopped.data
    refused = await door.call("message:finish", {"id": message["id"]})
    assert (refused.code, refused.current) == ("closed", {"status": "stopped"})


async def test_a_streaming_message_is_not_updated(door: Door, person: Person) -> None:
    message = await opened(door, person)
    for change in ({"content": "x"}, {"metadata": {}}, {}):
        assert (await door.call("message:update", {"id": message["id"], **change})).code == "streaming"
    await door.call("message:stop", {"id": message["id"]})
    assert (await door.call("message:update", {"id": message["id"], "content": "x"})).ok


async def test_a_streaming_message_may_be_deleted(door: Door, person: Person) -> None:
    message = await opened(door, person)
    await append(door, message, "text")
    assert (await door.call("message:delete", {"id": message["id"]})).ok
    assert (await append(door, message, "more")).code == "not_found"
    assert (await door.call("message:finish", {"id": message["id"]})).code == "not_found"
    assert (await door.call("message:stop", {"id": message["id"]})).code == "not_found"


async def test_a_conversation_may_be_deleted_under_its_streaming_message(door: Door, person: Person) -> None:
    message = await opened(door, person)
    await append(door, message, "text")
    assert (await door.call("conversation:delete", {"id": message["conversation_id"]})).ok
    assert (await door.call("message:finish", {"id": message["id"]})).code == "not_found"


async def test_a_message_that_never_streamed_is_closed(door: Door, person: Person) -> None:
    message = await person.message(await person.conversation())
    for event, fields in (("append", {"text": "x"}), ("finish", {}), ("stop", {})):
        refused = await door.call(f"message:{event}", {"id": message["id"], **fields})
        assert (refused.code, refused.current) == ("closed", {"status": "complete"})


async def test_metadata_that_grows_too_large_at_the_end_is_refused_and_the_message_goes_on(
    door: Door, person: Person
) -> None:
    message = await opened(door, person, metadata={"a": "x" * 10_000})
    refused = await door.call("message:finish", {"id": message["id"], "metadata": {"b": "x" * 10_000}})
    assert (refused.code, refused.fields) == ("invalid_input", ("metadata",))
    assert (await append(door, message, "goes on")).ok


async def test_a_million_characters_are_held_and_not_one_more(door: Door, person: Person) -> None:
    message = await opened(door, person)
    part = "😀é" * 25_000
    for _ in range(20):
        assert (await append(door, message, part)).ok
    refused = await append(door, message, "x")
    assert (refused.code, refused.fields) == ("invalid_input", ("text",))
    ended = await door.call("message:finish", {"id": message["id"]})
    assert ended.data["content"] == part * 20


async def test_one_more_than_may_stream_at_once_is_refused_until_one_has_ended(
    door: Door, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitworks.features.streaming.store.OPEN_PER_USER", 2)
    first = await opened(door, person, id=str(uuid.uuid4()))
    await opened(door, person)
    conversation = await person.conversation()
    body = {
        "id": str(uuid.uuid4()),
        "conversation_id": conversation["id"],
        "role": "assistant",
        "content": "",
    }
    one_more = {**body, "status": "streaming"}
    refused = await door.call("message:create", one_more)
    assert (refused.code, refused.detail) == (
        "rate_limited",
        "2 messages of this user are streaming; try again in 10 seconds.",
    )
    assert (await door.call("message:list", {"conversation_id": conversation["id"]})).data == []
    again = {**body, "id": first["id"], "conversation_id": first["conversation_id"], "status": "streaming"}
    assert (await door.call("message:create", again)).data == first, "a repetition opens none"
    await door.call("message:finish", {"id": first["id"]})
    assert (await door.call("message:create", one_more)).ok
