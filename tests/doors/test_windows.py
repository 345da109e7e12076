"""The window of a conversation, through both doors."""

import uuid
from typing import Any

from tests.support.doors import Door
from tests.support.people import Json, Person

# Two tokens, so six of the budget.
WORDS = "hello world"
COST = 6


async def with_context(person: Person, window: Json | None = None, **parameters: Any) -> Json:
    """A conversation whose model counts as we do, and reserves little."""
    conversation = await person.conversation()
    parameters = {"model": "gpt-4o", "max_output_tokens": 10, **parameters}
    context = {"conversation_id": conversation["id"], "context_window": window, "parameters": parameters}
    await person.must("POST", "/context", context)
    return conversation


async def spoken(person: Person, conversation: Json, *roles: str) -> list[Json]:
    return [await person.message(conversation, WORDS, role=role) for role in roles]


async def window_of(door: Door, conversation: Json, **asked: Any) -> Json:
    outcome = await door.call("context:window", {"conversation_id": conversation["id"], **asked})
    assert outcome.ok, outcome
    window: Json = outcome.data
    return window


def inside(window: Json) -> list[tuple[str | None, str]]:
    return [(message["id"], message["reason"]) for message in window["messages"]]


async def test_a_short_conversation_is_given_whole(door: Door, person: Person) -> None:
    conversation = await with_context(person, {"max_tokens": 100})
    messages = await spoken(person, conversation, "user", "assistant", "user")
    assert await window_of(door, conversation) == {
        "messages": [
            {"id": m["id"], "role": m["role"], "content": WORDS, "token_count": 2, "reason": "recent"}
            for m in messages
        ],
        "token_count": 3 * COST,
        "budget": 90,
        "reserved": 10,
        "exact": True,
        "dropped": [],
    }


async def test_without_a_context_it_has_a_default_budget(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    await spoken(person, conversation, "user")
    window = await window_of(door, conversation)
    assert (window["budget"], window["reserved"], window["exact"]) == (8192 - 1024, 1024, False)


async def test_the_limit_of_the_model_is_the_budget(door: Door, person: Person) -> None:
    window = await window_of(door, await with_context(person))
    assert (window["budget"], window["messages"], window["exact"]) == (128_000 - 10, [], True)


async def test_an_answer_that_is_larger_than_an_unknown_window_leaves_room_for_the_question(
    door: Door, person: Person
) -> None:
    for reserved, budget in ((7168, 1024), (7169, 4096), (8192, 4096), (16_000, 4096)):
        conversation = await with_context(person, model="qwen3:32b", max_output_tokens=reserved)
        (question,) = await spoken(person, conversation, "user")
        window = await window_of(door, conversation)
        assert (window["budget"], window["reserved"]) == (budget, reserved)
        assert inside(window) == [(question["id"], "recent")]


async def test_an_answer_without_text_takes_no_tokens_and_no_place(door: Door, person: Person) -> None:
    conversation = await with_context(person, {"max_tokens": 10 + 2 * COST, "max_messages": 2})
    first = await spoken(person, conversation, "user")
    for _ in range(3):
        body = {"conversation_id": conversation["id"], "role": "assistant", "status": "streaming"}
        silent = await person.must("POST", "/messages", body)
        await person.must("POST", f"/messages/{silent['id']}/stop")
    last = await spoken(person, conversation, "user")
    window = await window_of(door, conversation)
    assert [id_ for id_, _ in inside(window)] == [first[0]["id"], last[0]["id"]]
    assert (window["token_count"], window["dropped"]) == (2 * COST, [])
    (newest,) = await spoken(person, conversation, "user")
    window = await window_of(door, conversation)
    assert [id_ for id_, _ in inside(window)] == [last[0]["id"], newest["id"]]
    assert [run["count"] for run in window["dropped"]] == [1]


async def test_what_is_asked_goes_before_what_the_context_says(door: Door, person: Person) -> None:
    conversation = await with_context(person, {"max_tokens": 100})
    assert (await window_of(door, conversation, max_tokens=50))["budget"] == 40


async def test_the_oldest_fall_out_first(door: Door, person: Person) -> None:
    conversation = await with_context(person, {"max_tokens": 10 + 2 * COST})
    messages = await spoken(person, conversation, "user", "assistant", "user", "assistant", "user")
    window = await window_of(door, conversation)
    assert inside(window) == [(m["id"], "recent") for m in messages[3:]]
    assert window["dropped"] == [
        {
            "reason": "budget",
            "count": 3,
            "token_count": 6,
            "from_position": messages[0]["position"],
            "to_position": messages[2]["position"],
        }
    ]


async def test_it_stops_at_the_first_that_does_not_fit(door: Door, person: Person) -> None:
    conversation = await with_context(person, {"max_tokens": 50})
    await spoken(person, conversation, "user")
    long = await person.message(conversation, WORDS * 20, role="assistant")
    newest = await spoken(person, conversation, "assistant", "user")
    window = await window_of(door, conversation)
    assert inside(window) == [(m["id"], "recent") for m in newest]
    assert window["dropped"][0]["to_position"] == long["position"]


async def test_system_pinned_and_the_newest_of_the_user_are_always_in(door: Door, person: Person) -> None:
    conversation = await with_context(person, system="Be brief.")
    system, pinned, _, newest, _, answer = await spoken(
        person, conversation, "system", "user", "assistant", "user", "assistant", "assistant"
    )
    of = {"conversation_id": conversation["id"]}
    window = {"max_tokens": 10 + 7 + 4 * COST, "pinned": [pinned["id"]]}
    await door.call("context:update", {**of, "context_window": window})
    found = await window_of(door, conversation)
    assert inside(found) == [
        (None, "system"), (system["id"], "system"), (pinned["id"], "pinned"), (newest["id"], "recent"),
        (answer["id"], "recent"),
    ]  # fmt: skip
    assert found["messages"][0]["content"] == "Be brief."
    assert found["dropped"][0]["count"] == 2


async def test_as_many_messages_as_the_context_says(door: Door, person: Person) -> None:
    conversation = await with_context(person, {"max_messages": 2}, system="Be brief.")
    system, *messages = await spoken(person, conversation, "system", "user", "assistant", "user", "user")
    window = await window_of(door, conversation)
    assert inside(window) == [
        (None, "system"), (system["id"], "system"), *((m["id"], "recent") for m in messages[2:]),
    ]  # fmt: skip
    assert (window["dropped"][0]["reason"], window["dropped"][0]["count"]) == ("max_messages", 2)


async def test_a_tool_message_goes_with_what_it_answers(door: Door, person: Person) -> None:
    conversation = await with_context(person)
    messages = await spoken(person, conversation, "user", "assistant", "tool", "tool", "user")
    for places in (2, 3, 4):
        asked = {"context_window": {"max_tokens": 10 + places * COST}}
        await door.call("context:update", {"conversation_id": conversation["id"], **asked})
        window = await window_of(door, conversation)
        assert len(inside(window)) == (4 if places == 4 else 1)
    pin = {"context_window": {"max_tokens": 10 + 4 * COST, "pinned": [messages[3]["id"]]}}
    await door.call("context:update", {"conversation_id": conversation["id"], **pin})
    assert inside(await window_of(door, conversation)) == [
        *((m["id"], "pinned") for m in messages[1:4]), (messages[4]["id"], "recent"),
    ]  # fmt: skip


async def test_a_window_that_is_too_small_says_what_it_needs(door: Door, person: Person) -> None:
    conversation = await with_context(person, system="Be brief.")
    await spoken(person, conversation, "user", "system", "assistant")
    for budget in (0, 5, 18):
        refused = await door.call(
            "context:window", {"conversation_id": conversation["id"], "max_tokens": 10 + budget}
        )
        assert (refused.code, refused.current) == ("window_too_small", {"needed": 19, "budget": budget})
        assert "19" in refused.detail
    assert len(inside(await window_of(door, conversation, max_tokens=29))) == 3


async def test_what_streams_is_not_in_it_until_it_has_ended(door: Door, person: Person) -> None:
    conversation = await with_context(person)
    (question,) = await spoken(person, conversation, "user")
    answer = await person.message(conversation, WORDS, role="assistant", status="streaming")
    window = await window_of(door, conversation)
    assert (inside(window), window["dropped"]) == ([(question["id"], "recent")], [])
    await person.must("POST", f"/messages/{answer['id']}/finish", {})
    assert inside(await window_of(door, conversation)) == [
        (question["id"], "recent"),
        (answer["id"], "recent"),
    ]


async def test_deletions_and_edits_show_at_once(door: Door, person: Person) -> None:
    conversation = await with_context(person, {"max_tokens": 10 + 2 * COST})
    messages = await spoken(person, conversation, "user", "user", "user", "user")
    await door.call("message:delete", {"id": messages[3]["id"]})
    await door.call("message:update", {"id": messages[2]["id"], "content": "hello world hello world"})
    window = await window_of(door, conversation)
    assert inside(window) == [(messages[2]["id"], "recent")]
    assert (window["token_count"], window["dropped"][0]["count"]) == (8, 2)
    assert window["dropped"][0]["token_count"] == 4


async def test_a_long_conversation_is_read_over_several_pages(door: Door, person: Person) -> None:
    conversation = await with_context(person, {"max_tokens": 10 + 450 * 5})
    async with person.device() as device:
        for n in range(501):
            role = "user" if n == 3 else "tool" if n % 7 == 5 else "assistant"
            message = {"conversation_id": conversation["id"], "role": role, "content": "x"}
            await device.client.emit("message:create", message, namespace=person.namespace)
        await device.until_revision(503)
    window = await window_of(door, conversation)
    assert 443 < len(window["messages"]) <= 450
    assert window["messages"][0]["role"] == "user"
    assert window["messages"][1]["role"] == "assistant"
    assert sum(run["count"] for run in window["dropped"]) + len(window["messages"]) == 501


async def test_it_needs_its_conversation(door: Door, person: Person) -> None:
    nowhere = {"conversation_id": str(uuid.uuid4())}
    assert (await door.call("context:window", nowhere)).code == "not_found"
    for wrong in (0, -1, 10**9):
        of = {"conversation_id": (await person.conversation())["id"], "max_tokens": wrong}
        refused = await door.call("context:window", of)
        assert (refused.code, refused.fields) == ("invalid_input", ("max_tokens",))
