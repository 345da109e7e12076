"""What is wrong is refused by name, through both doors: nothing is written, and one goes on."""

import json
import uuid
from typing import Any

import pytest
from structlog.testing import capture_logs

from bitworks.features.history.store.conversations import ConversationStore
from tests.support.doors import Door, RestDoor, head
from tests.support.people import Json, Person

NUL = "a\x00b"
IN_BRACES = "{" + str(uuid.uuid4()) + "}"
LONE = "a\ud800b"
ASTRAL = "\U0001f6f6"  # one code point, two UTF-16 code units, four bytes


def nested(depth: int) -> Any:
    """An object so many levels deep."""
    value: Any = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def of_size(size: int) -> Json:
    """An object whose JSON has so many bytes."""
    return {"a": "x" * (size - len('{"a":""}'))}


# What is wrong with a field, whatever the command: (field, value, the field as it is named).
NOT_IDS: list[Any] = ["", "me", "1234", str(uuid.uuid4())[:-1], IN_BRACES, NUL, LONE]
NOT_TEXT: list[Any] = [1, True, ["a"], {"a": 1}]
NOT_OBJECTS: list[Any] = ["{}", 1, False, [], [["a", 1]]]
NOT_REVISIONS: list[Any] = ["1", -1, 1.5, True, 2**53, [1]]
BAD_OBJECTS: list[Any] = [
    *NOT_OBJECTS,
    {"a": NUL},
    {NUL: 1},
    {"a": [{"b": LONE}]},
    {LONE: 1},
    of_size(16 * 1024 + 1),
    nested(33),
    {"a": 2**63},
]

CASES: dict[str, dict[str, list[Any]]] = {
    "conversation:create": {
        "id": [*NOT_IDS, 7],
        "title": [*NOT_TEXT, NUL, LONE, "x" * 201],
        "metadata": BAD_OBJECTS,
        "user_id": ["x"],
        "revision": [1],
    },
    "conversation:get": {"id": NOT_IDS},
    "conversation:list": {
        "limit": [0, -1, 201, 1.5, "many", ""],
        "cursor": ["", "0", "abc", "1.abc", f"x.{uuid.uuid4()}", f"{10**30}.{uuid.uuid4()}", "x" * 101],
        "offset": [1],
    },
    "conversation:update": {
        "title": [*NOT_TEXT, NUL, LONE, "x" * 201],
        "metadata": BAD_OBJECTS,
        "if_revision": NOT_REVISIONS,
        "updated_at": ["2026-01-01T00:00:00.000Z"],
    },
    "conversation:delete": {"id": NOT_IDS},
    "message:create": {
        "id": [*NOT_IDS, 7],
        "conversation_id": [*NOT_IDS, None, 7],
        "role": ["", "robot", "User", None, 1],
        "content": [*NOT_TEXT, None, "", NUL, LONE, "x" * 1_000_001],
        "metadata": BAD_OBJECTS,
        "token_count": [1],
    },
    "message:get": {"id": NOT_IDS},
    "message:list": {
        "conversation_id": NOT_IDS,
        "limit": [0, -1, 501, "many"],
        "before": [-1, 2**53, "x", 1.5],
        "after": [-1, 2**53, "x", 1.5],
        "cursor": ["0"],
    },
    "message:update": {
        "content": [*NOT_TEXT, None, "", NUL, LONE, "x" * 1_000_001],
        "metadata": BAD_OBJECTS,
        "if_revision": NOT_REVISIONS,
        "role": ["user"],
    },
    "message:delete": {"id": NOT_IDS},
    "context:create": {
        "id": [*NOT_IDS, 7],
        "conversation_id": [*NOT_IDS, None, 7],
        "context_window": BAD_OBJECTS,
        "parameters": BAD_OBJECTS,
        "window": [{}],
    },
    "context:get": {"conversation_id": NOT_IDS},
    "context:update": {
        "context_window": BAD_OBJECTS,
        "parameters": BAD_OBJECTS,
        "if_revision": NOT_REVISIONS,
        "id": [str(uuid.uuid4())],
    },
    "context:delete": {"conversation_id": NOT_IDS},
    "sync": {"limit": [0, -1, 1001, "many"], "since": ["x"], "until": ["0"]},
}


async def good_input(event: str, person: Person) -> Json:
    """What the event would take, but for the one field that a case makes wrong."""
    conversation = await person.conversation()
    message = await person.message(conversation)
    by_id = {"id": conversation["id"] if event.startswith("conversation") else message["id"]}
    noun, _, verb = event.partition(":")
    if event == "message:create":
        return {"conversation_id": conversation["id"], "role": "user", "content": "hello"}
    if verb in ("get", "update", "delete") and noun != "context":
        return by_id
    return {"conversation_id": conversation["id"]} if noun == "context" or event == "message:list" else {}


@pytest.mark.parametrize("noun", ["conversation", "message", "context", "sync"])
async def test_what_is_wrong_is_named_and_nothing_is_written(noun: str, door: Door, person: Person) -> None:
    for event in [event for event in CASES if event.startswith(noun)]:
        good = await good_input(event, person)
        cursor = await head(door)
        for field, values in CASES[event].items():
            for value in values:
                outcome = await door.call(event, {**good, field: value})
                if _leaves_the_path(door, outcome.code, value):
                    continue
                described = (event, field, repr(value)[:80], outcome)
                assert outcome.code == "invalid_input", described
                assert outcome.fields, described
                assert all(one.split(".")[0] == field for one in outcome.fields), described
        assert await head(door) == cursor, event


def _leaves_the_path(door: Door, code: str | None, value: object) -> bool:
    """An id that is empty, or in braces, makes another path, where there is nothing."""
    return isinstance(door, RestDoor) and code == "not_found" and value in ("", IN_BRACES)


async def test_an_event_takes_one_object(person: Person) -> None:
    async with person.device() as device:
        for event in CASES:
            for payload in (1, "x", [], True, ({}, {})):
                answer = await device.call(event, payload)
                assert answer["error"]["code"] == "invalid_input", (event, payload)


async def test_every_wrong_field_is_named_at_once(door: Door) -> None:
    outcome = await door.call("message:create", {"role": 1, "content": NUL, "extra": 1, "metadata": []})
    assert sorted(outcome.fields) == ["content", "conversation_id", "extra", "metadata", "role"]


async def test_what_is_just_within_its_limits_is_taken(door: Door, person: Person) -> None:
    title, deep, large = ASTRAL * 200, nested(32), of_size(16 * 1024)
    conversation = await door.call("conversation:create", {"title": title, "metadata": deep})
    assert (conversation.data["title"], conversation.data["metadata"]) == (title, deep)
    message = {"conversation_id": conversation.data["id"], "role": "user", "content": "x" * 1_000_000}
    created = await door.call("message:create", {**message, "metadata": large})
    assert (len(created.data["content"]), created.data["metadata"].items() >= large.items()) == (
        1_000_000,
        True,
    )


async def test_content_is_counted_in_code_points(door: Door, person: Person) -> None:
    message = {"conversation_id": (await person.conversation())["id"], "role": "user"}
    assert (await door.call("message:create", {**message, "content": ASTRAL * 600_000})).ok


async def test_a_surrogate_pair_may_be_escaped(door: Door, person: Person) -> None:
    created = await door.call_json("conversation:create", r'{"title": "\ud83d\udef6"}')
    assert created.data["title"] == ASTRAL


async def test_no_depth_of_nesting_harms(door: Door) -> None:
    cursor = await head(door)
    for depth, code in ((2_000, "invalid_input"), (100_000, "too_large")):
        for nesting in ('{"a":' * depth + "1" + "}" * depth, "[" * depth + "]" * depth):
            refused = await door.call_json("conversation:create", '{"metadata": ' + nesting + "}")
            assert refused.code == code, depth
    assert await head(door) == cursor


async def test_numbers_that_are_none_are_refused(person: Person) -> None:
    headers = {"Content-Type": "application/json"}
    for value in ("NaN", "Infinity", "-Infinity", "1e999", "1" * 400):
        body = '{"metadata": {"a": ' + value + "}}"
        answer = await person.rest("POST", "/conversations", data=body, headers=headers)
        assert answer.code in ("invalid_input", "malformed_json"), value


async def test_an_unknown_event_is_answered(person: Person) -> None:
    async with person.device() as device:
        for event in ("conversation:destroy", "synced", "", "__class__", NUL, LONE, "x" * 5_000):
            answer = await device.call_json(event, "{}")
            assert answer["error"]["code"] == "not_found", event


async def test_a_socket_survives_all_of_it(person: Person) -> None:
    async with person.device() as device:
        for event in CASES:
            for wrong in ({LONE: NUL}, {"content": "x" * 1_000_001}, nested(500)):
                assert not (await device.call_json(event, json.dumps(wrong)))["ok"]
        conversation = await device.call("conversation:create", {"title": "still here"})
        await device.until_revision(conversation["revision"])
        assert device.named("conversation:created")[0][1] == conversation["data"]


async def test_what_fails_unexpectedly_tells_nothing_of_the_inside(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(ConversationStore, "get", fail)
    with capture_logs() as logs:
        outcome = await door.call("conversation:get", {"id": str(uuid.uuid4())})
    assert outcome.code == "internal_error"
    assert "secret" not in repr(outcome)
    assert [log["log_level"] for log in logs] == ["error"]


async def test_a_flood_of_unknown_fields_is_answered_shortly(door: Door, person: Person) -> None:
    flood = {f"unknown{n}": n for n in range(2_000)}
    refused = await door.call("conversation:create", flood)
    assert refused.code == "invalid_input"
    assert len(refused.fields) == 20
    many = {f"u{n}": n for n in range(50_000)}
    assert (await door.call("message:create", many)).code == "too_large"


async def test_a_flood_of_items_that_are_wrong_is_answered_shortly(door: Door, person: Person) -> None:
    conversation_id = (await person.conversation())["id"]
    pinned = {"pinned": ["x"] * 100}
    refused = await door.call(
        "context:create", {"conversation_id": conversation_id, "context_window": pinned}
    )
    assert refused.code == "invalid_input"
    assert len(refused.fields) == 20


async def test_metadata_far_above_its_limit_is_refused_by_name(door: Door, person: Person) -> None:
    refused = await door.call("conversation:create", {"metadata": {"a": [1] * 10_000}})
    assert (refused.code, refused.fields) == ("invalid_input", ("metadata",))
