"""A conversation whose beginning is told by a summary."""

from bitworks.core.changes import Written
from bitworks.core.ids import ConversationId, UserId
from bitworks.features.history.records import Context
from tests.support.doors import Door, changes_since, head
from tests.support.instances import Instance
from tests.support.people import Json, Person

WORDS = "hello world"


async def a_long_conversation(person: Person, strategy: str = "summary") -> tuple[Json, list[Json]]:
    """Of seven messages, of which a window takes three, or a summary and two."""
    conversation = await person.conversation()
    context = {
        "conversation_id": conversation["id"],
        "context_window": {"max_tokens": 10 + 18, "strategy": strategy},
        "parameters": {"model": "gpt-4o", "max_output_tokens": 10},
    }
    await person.must("POST", "/context", context)
    roles = ("user", "assistant") * 3 + ("user",)
    return conversation, [await person.message(conversation, WORDS, role=role) for role in roles]


async def summarise(instance: Instance, person: Person, conversation: Json, last: Json) -> Written[Context]:
    return await instance.app.summaries.keep(
        UserId(person.id), ConversationId(conversation["id"]), WORDS, last["position"]
    )


async def window_of(door: Door, conversation: Json, **asked: int) -> Json:
    window: Json = (await door.call("context:window", {"conversation_id": conversation["id"], **asked})).data
    return window


async def test_a_summary_stands_for_what_fell_out(door: Door, person: Person, instance: Instance) -> None:
    conversation, messages = await a_long_conversation(person)
    await summarise(instance, person, conversation, messages[3])
    window = await window_of(door, conversation)
    assert [(m["id"], m["role"], m["reason"]) for m in window["messages"]] == [
        (None, "system", "summary"),
        (messages[5]["id"], "assistant", "recent"),
        (messages[6]["id"], "user", "recent"),
    ]
    assert window["messages"][0]["content"] == WORDS
    assert window["token_count"] == 18
    assert [(run["reason"], run["count"], run["token_count"]) for run in window["dropped"]] == [
        ("summarised", 4, 8),
        ("budget", 1, 2),
    ]
    assert [(run["from_position"], run["to_position"]) for run in window["dropped"]] == [
        (messages[0]["position"], messages[3]["position"]),
        (messages[4]["position"], messages[4]["position"]),
    ]


async def test_where_nothing_falls_out_there_is_no_summary(
    door: Door, person: Person, instance: Instance
) -> None:
    conversation, messages = await a_long_conversation(person)
    await summarise(instance, person, conversation, messages[3])
    window = await window_of(door, conversation, max_tokens=200)
    assert [m["id"] for m in window["messages"]] == [m["id"] for m in messages]


async def test_a_sliding_window_has_no_summary(door: Door, person: Person, instance: Instance) -> None:
    conversation, messages = await a_long_conversation(person, "sliding")
    await summarise(instance, person, conversation, messages[3])
    window = await window_of(door, conversation)
    assert [m["id"] for m in window["messages"]] == [m["id"] for m in messages[4:]]


async def test_a_summary_is_shown_in_the_context_and_takes_one_revision(
    door: Door, person: Person, instance: Instance
) -> None:
    conversation, messages = await a_long_conversation(person)
    async with person.device() as device:
        cursor = await head(door)
        await summarise(instance, person, conversation, messages[3])
        await summarise(instance, person, conversation, messages[2])
        context = (await door.call("context:get", {"conversation_id": conversation["id"]})).data
        assert context["summary"] == {
            "text": WORDS,
            "through_position": messages[3]["position"],
            "token_count": 2,
            "vocabulary": "o200k_base",
            "model": "gpt-4o",
        }
        await device.until_revision(context["revision"])
        assert device.named("context:updated")[-1][1] == context
        changes = await changes_since(door, cursor)
        assert [change["data"] for change in changes] == [context]


async def test_the_messages_stay_as_they_are(door: Door, person: Person, instance: Instance) -> None:
    conversation, messages = await a_long_conversation(person)
    await summarise(instance, person, conversation, messages[3])
    listed = await door.call("message:list", {"conversation_id": conversation["id"]})
    assert listed.data == messages


async def test_a_change_of_the_context_keeps_the_summary(
    door: Door, person: Person, instance: Instance
) -> None:
    conversation, messages = await a_long_conversation(person)
    written = await summarise(instance, person, conversation, messages[3])
    of = {"conversation_id": conversation["id"]}
    updated = await door.call("context:update", {**of, "parameters": {"model": "gpt-4.1"}})
    assert updated.data["summary"] == written.record.summary
