"""Coming back after any absence: everything that was missed, once, in order, and no hole before live."""

import asyncio
from typing import Any

import pytest

from tests.support.instances import Instance
from tests.support.people import Device, Person


def events(device: Device) -> list[str]:
    return [one[0] for one in device.received]


async def test_a_device_without_a_cursor_is_synced_at_once(person: Person) -> None:
    await person.conversation()
    async with person.device() as device:
        assert events(device) == ["synced"]
        assert device.received[0][1] == {"revision": 1}


async def test_from_the_beginning_everything_comes_but_tombstones(person: Person) -> None:
    kept, gone = await person.conversation(title="kept"), await person.conversation(title="gone")
    await person.must("DELETE", f"/conversations/{gone['id']}")
    async with person.device(since="0") as device:
        assert events(device) == ["conversation:created", "synced"]
        assert device.received[0][1] == kept


async def test_what_is_deleted_while_a_device_reads_from_the_beginning_is_told(
    person: Person, monkeypatch: pytest.MonkeyPatch, instance: Instance
) -> None:
    instance.app.tuning.delivery.page = 1
    first, second = await person.conversation(), await person.conversation()
    changes = instance.app.stores.changes
    original = type(changes).since
    deleted = False

    async def delete_after_first_page(*arguments: Any) -> Any:
        nonlocal deleted
        page = await original(*arguments)
        if not deleted:
            deleted = True
            await person.must("DELETE", f"/conversations/{first['id']}")
        return page

    monkeypatch.setattr(type(changes), "since", delete_after_first_page)
    async with person.device(since="0") as device:
        assert [one[1]["id"] for one in device.received[:-1]] == [first["id"], second["id"], first["id"]]
        assert events(device)[2:] == ["conversation:deleted", "synced"]


async def test_a_row_changed_many_times_is_sent_once_as_it_is_now(person: Person) -> None:
    conversation = await person.conversation()
    async with person.device() as device:
        cursor = device.cursor
    for n in range(5):
        last = await person.must("PUT", f"/conversations/{conversation['id']}", {"title": f"title {n}"})
    async with person.device(since=cursor) as device:
        assert events(device) == ["conversation:updated", "synced"]
        assert device.received[0][1] == last


async def test_deletions_that_were_missed_are_told(person: Person) -> None:
    conversation = await person.conversation()
    message = await person.message(conversation)
    await person.must("POST", "/context", {"conversation_id": conversation["id"]})
    async with person.device() as device:
        cursor = device.cursor
    await person.must("DELETE", f"/messages/{message['id']}")
    await person.must("DELETE", f"/context/{conversation['id']}")
    await person.must("DELETE", f"/conversations/{conversation['id']}")
    async with person.device(since=cursor) as device:
        assert events(device) == ["message:deleted", "context:deleted", "conversation:deleted", "synced"]
        assert device.received[0][1]["timestamp"] == message["timestamp"]


async def test_a_long_absence_is_caught_up_page_by_page_while_writing_goes_on(person: Person) -> None:
    conversation = await person.conversation()
    async with person.device() as writer:
        cursor = writer.cursor

        async def write(count: int) -> None:
            body = {"conversation_id": conversation["id"], "role": "user", "content": "x"}
            await asyncio.gather(*(writer.call("message:create", body) for _ in range(count)))

        await write(500)
        writing = asyncio.create_task(write(300))
        async with person.device(since=cursor) as device:
            await writing
            await device.until_revision(801)
            assert device.revisions == list(range(2, 802))


@pytest.mark.parametrize(("since", "reason"), [("abcdef012345.1", "epoch"), ("{epoch}.99", "beyond_head")])
async def test_a_cursor_that_means_nothing_here_resets_the_device(
    person: Person, instance: Instance, since: str, reason: str
) -> None:
    await person.conversation()
    cursor = since.format(epoch=instance.app.epoch.id)
    async with person.device(since=cursor) as device:
        assert device.received[0][:2] == (
            "sync:reset",
            {"reason": reason, "cursor": f"{instance.app.epoch.id}.1"},
        )
        await person.conversation()
        await device.until_revision(2)


async def test_more_missed_changes_than_a_device_wants_reset_it(person: Person) -> None:
    await person.conversation()  # seen: it is not among what is missed
    async with person.device() as device:
        cursor = device.cursor
    for _ in range(3):
        await person.conversation()
    async with person.device(since=cursor, max_changes=3) as device:
        assert len(device.revisions) == 3
    async with person.device(since=cursor, max_changes=2) as device:
        assert device.received[0][1]["reason"] == "too_many_changes"


async def test_a_new_epoch_sends_devices_away_and_resets_them(person: Person, instance: Instance) -> None:
    async with person.device() as device:
        cursor = device.cursor
        await instance.app.stores.revisions.new_epoch()
        await device.until(lambda d: not d.client.connected)
    async with person.device(since=cursor) as device:
        assert device.received[0][1]["reason"] == "epoch"
