"""Catching up: `GET /changes` and `sync`."""

import asyncio
import uuid

import aiohttp

from tests.support.doors import Door, changes_since, head
from tests.support.instances import Instance, running
from tests.support.people import PATIENCE, Json, Person, register


async def pages_since(door: Door, cursor: str, **options: int) -> list[Json]:
    """Every page of changes from a cursor on, each from where the one before ended."""
    pages = [(await door.call("sync", {"since": cursor, **options})).data]
    while pages[-1]["more"]:
        pages.append((await door.call("sync", {"since": pages[-1]["cursor"], **options})).data)
    return pages


def rows(page: Json) -> list[Json]:
    return [change["data"] for change in page["changes"]]


async def test_whoever_has_nothing_is_told_of_nothing(door: Door) -> None:
    page = (await door.call("sync", {})).data
    assert page == {"changes": [], "cursor": page["cursor"], "more": False}
    assert page["cursor"].endswith(".0")


async def test_from_the_beginning_every_row_comes_once_at_its_last_revision(
    door: Door, person: Person
) -> None:
    conversation = await person.conversation(title="old")
    message = await person.message(conversation)
    context = await person.must("POST", "/context", {"conversation_id": conversation["id"]})
    for title in ("newer", "newest"):
        renamed = await person.must("PUT", f"/conversations/{conversation['id']}", {"title": title})
    page = (await door.call("sync", {"since": "0"})).data
    assert page["changes"] == [
        {"revision": 2, "event": "message:created", "data": message},
        {"revision": 3, "event": "context:created", "data": context},
        {"revision": 5, "event": "conversation:updated", "data": renamed},
    ]
    assert page["cursor"] == await head(door)


async def test_from_the_beginning_nothing_that_is_gone_is_told(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    message = await person.message(conversation)
    await person.must("DELETE", f"/messages/{message['id']}")
    assert [change["event"] for change in await changes_since(door, "0")] == ["conversation:created"]


async def test_from_a_cursor_on_what_is_gone_is_told(door: Door, person: Person) -> None:
    cursor = await head(door)
    conversation = await person.conversation()
    gone = [await person.message(conversation) for _ in range(2)]
    for message in gone:
        await person.must("DELETE", f"/messages/{message['id']}")
    events = [(change["event"], change["data"]["id"]) for change in await changes_since(door, cursor)]
    assert events == [
        ("conversation:created", conversation["id"]),
        ("message:deleted", gone[0]["id"]),
        ("message:deleted", gone[1]["id"]),
    ]


async def test_a_page_ends_at_its_limit_and_says_where_to_go_on(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    messages = [await person.message(conversation, str(n)) for n in range(4)]
    cursor = await head(door)
    await person.must("DELETE", f"/messages/{messages[1]['id']}")
    pages = await pages_since(door, "0", limit=2)
    assert [[one["revision"] for one in rows(page)] for page in pages] == [[1, 2], [4, 5], [6]]
    assert [page["more"] for page in pages] == [True, True, False]
    assert rows(pages[-1])[0]["id"] == messages[1]["id"]
    assert [rows(page) for page in await pages_since(door, cursor, limit=1)] == [rows(pages[-1])]


async def test_a_page_ends_at_a_mebibyte_of_content_with_at_least_one_row(door: Door, person: Person) -> None:
    conversation = await person.conversation()
    cursor = await head(door)
    contents = ["ñ" * 200_000, "ñ" * 200_000, "ñ" * 200_000, "€" * 1_000_000, "short"]
    messages = [await person.message(conversation, content) for content in contents]
    pages = [rows(page) for page in await pages_since(door, cursor)]
    assert pages == [messages[:2], [messages[2]], [messages[3]], [messages[4]]]


async def test_old_state_and_changes_make_fresh_state(door: Door, person: Person) -> None:
    kept, gone = await person.conversation(title="kept"), await person.conversation(title="gone")
    old = await door.call("conversation:list", {})
    await person.must("PUT", f"/conversations/{kept['id']}", {"title": "renamed"})
    await person.must("DELETE", f"/conversations/{gone['id']}")
    await person.conversation(title="new")
    state = {one["id"]: one for one in old.data}
    for change in await changes_since(door, str(old.cursor)):
        if change["event"].endswith(":deleted"):
            del state[change["data"]["id"]]
        else:
            state[change["data"]["id"]] = change["data"]
    fresh = await door.call("conversation:list", {})
    assert state == {one["id"]: one for one in fresh.data}


async def test_a_cursor_of_another_epoch_is_gone(door: Door, person: Person) -> None:
    await person.conversation()
    assert (await door.call("sync", {"since": "abc.1"})).code == "cursor_gone"


async def test_a_cursor_beyond_the_head_is_gone(door: Door, person: Person) -> None:
    await person.conversation()
    epoch, _, revision = (await head(door)).rpartition(".")
    assert (await door.call("sync", {"since": f"{epoch}.{revision}"})).ok
    assert (await door.call("sync", {"since": f"{epoch}.{int(revision) + 1}"})).code == "cursor_gone"


async def test_a_cursor_that_is_gone_is_410(person: Person) -> None:
    answer = await person.rest("GET", "/changes?since=abc.1&wait=30")
    assert (answer.status, answer.code) == (410, "cursor_gone")


async def test_what_is_no_cursor_is_refused(door: Door) -> None:
    for garbage in ("", "1", "-1", "abc", "abc.", "abc.-1", "abc.01", f"a.{2**53}", "ñ.1", "a" * 101):
        refused = await door.call("sync", {"since": garbage})
        assert (refused.code, refused.fields) == ("invalid_input", ("since",)), garbage


# Waiting, which only REST knows: a socket is told without asking.


async def test_what_happened_before_is_not_waited_for(person: Person) -> None:
    conversation = await person.conversation()
    async with asyncio.timeout(PATIENCE):
        page = await person.must("GET", "/changes?wait=30")
    assert rows(page) == [conversation]


async def test_whoever_waits_is_answered_when_something_happens(person: Person) -> None:
    cursor = (await person.must("GET", "/changes"))["cursor"]
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        waiting = group.create_task(person.must("GET", f"/changes?since={cursor}&wait=30"))
        conversation = await person.conversation()
    assert rows(waiting.result()) == [conversation]
    assert waiting.result()["cursor"] != cursor


async def test_whoever_waits_in_vain_is_answered_with_nothing(person: Person) -> None:
    page = await person.must("GET", "/changes?wait=1")
    assert (page["changes"], page["more"]) == ([], False)


async def test_whoever_waits_is_answered_at_once_when_the_instance_stops(person: Person) -> None:
    async with asyncio.timeout(PATIENCE / 2), asyncio.TaskGroup() as group:
        waiting = group.create_task(person.must("GET", "/changes?wait=30"))
        while not person.instance.app.sync.held.wakers:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0)
        person.instance.app.sync.drain()
    assert (waiting.result()["changes"], waiting.result()["more"]) == ([], False)
    async with asyncio.timeout(PATIENCE / 2):
        assert (await person.must("GET", "/changes?wait=30"))["changes"] == []


async def test_whoever_waits_sees_what_redis_never_told(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url) as one, running(database_url) as other:
        person = await register(one, http)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            waiting = group.create_task(person.must("GET", "/changes?wait=30", instance=other))
            conversation = await person.conversation()
        assert rows(waiting.result()) == [conversation]


async def test_whoever_waits_is_sent_away_when_the_session_ends(person: Person) -> None:
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        waiting = group.create_task(person.rest("GET", "/changes?wait=30"))
        await person.must("POST", "/auth/logout")
    assert waiting.result().code == "unauthorized"


async def test_nobody_waits_longer_than_half_a_minute(person: Person) -> None:
    for wait in ("-1", "31", "1.5", "soon", ""):
        answer = await person.rest("GET", f"/changes?wait={wait}")
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "wait"), wait


async def test_a_cursor_means_something_to_its_user_only(
    person: Person, instance: Instance, http: aiohttp.ClientSession
) -> None:
    other = await register(instance, http)
    await other.conversation(id=str(uuid.uuid4()))
    cursor = (await other.must("GET", "/changes"))["cursor"]
    assert (await person.rest("GET", f"/changes?since={cursor}")).code == "cursor_gone"
