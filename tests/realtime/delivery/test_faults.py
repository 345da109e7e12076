"""Redis is only a hint: what it loses, repeats or reorders reaches every device all the same."""

import asyncio
import random
from typing import Any

import aiohttp
import asyncpg
import pytest

from bitworks.core.ids import Revision, UserId
from bitworks.fanout import Fanout
from bitworks.fanout.notices import Changed, Notice
from bitworks.hosting.app import Tuning
from bitworks.realtime.delivery.limits import DeliveryLimits
from bitworks.storage.pool import Pool
from tests.support.instances import Instance, running
from tests.support.people import PASSWORD, Person, register
from tests.support.streaming import Screen, start_writing


async def test_a_change_that_nobody_was_told_of_arrives_with_reconciliation(
    person: Person, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with person.device() as device:
        monkeypatch.setattr(instance.app.fanout, "publish", lambda *_: None)
        conversation = await person.conversation()
        await device.until_revision(1)
        assert device.named("conversation:created")[0][1] == conversation


async def test_a_jump_is_healed_before_anything_after_it_is_sent(
    person: Person, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = await person.conversation()
    async with person.device() as device:
        lose(instance.app.fanout, {2, 4, 5}, monkeypatch)
        for n in range(6):
            await person.message(conversation, f"number {n}")
        await device.until_revision(7)
        assert device.revisions == [2, 3, 4, 5, 6, 7]


def lose(fanout: Fanout, revisions: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    publish = fanout.publish

    def lossy(user_id: UserId, notice: Notice) -> None:
        if not (isinstance(notice, Changed) and notice.revision in revisions):
            publish(user_id, notice)

    monkeypatch.setattr(fanout, "publish", lossy)


async def test_a_fanout_that_lies_in_every_way_loses_and_doubles_nothing(
    person: Person, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(7)
    publish = instance.app.fanout.publish
    held: list[tuple[UserId, Notice]] = []

    def lie(user_id: UserId, notice: Notice) -> None:
        held.append((user_id, notice))
        chance.shuffle(held)
        for _ in range(chance.choice([0, 0, 1, 2])):
            if held:
                said = held[-1] if chance.random() < 0.3 else held.pop()
                if chance.random() < 0.8:
                    publish(*said)

    monkeypatch.setattr(instance.app.fanout, "publish", lie)
    conversation = await person.conversation()
    async with person.device(since="0") as phone, person.device(since="0") as desk:
        for n in range(60):
            last = await person.message(conversation, f"number {n}")
        for device in (phone, desk):
            await device.until_revision(last["revision"])
            assert device.revisions == list(range(1, last["revision"] + 1))


async def test_a_large_message_crosses_instances(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    one, other = instances
    person = await register(one, http)
    conversation = await person.conversation()
    async with person.device(one) as writer, person.device(other) as device:
        body = {"conversation_id": conversation["id"], "role": "user", "content": "ñ" * 500_000}
        written = await writer.call("message:create", body)
        await device.until_revision(written["revision"])
        assert device.received[-1][1] == written["data"]


async def test_while_redis_is_away_changes_still_cross_instances(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with (
        running(database_url, redis_url="redis://127.0.0.1:1") as one,
        running(database_url, redis_url="redis://127.0.0.1:1") as other,
    ):
        person = await register(one, http)
        async with person.device(other) as device:
            conversation = await person.conversation()
            await device.until_revision(1)
            assert device.received[-1][1] == conversation


async def test_postgresql_away_is_unavailable_and_retryable(
    person: Person, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(pool: Pool) -> None:
        raise ConnectionRefusedError

    async with person.device() as device:
        monkeypatch.setattr(Pool, "acquire", refused)
        answer = await person.rest("GET", "/conversations/me")
        assert (answer.status, answer.code, answer.body["retryable"]) == (503, "unavailable", True)
        acknowledged = await device.call("conversation:list", {})
        assert acknowledged["error"]["code"] == "unavailable"
        assert acknowledged["error"]["retryable"]
        assert device.client.connected


async def test_an_announced_revision_that_does_not_exist_costs_one_look(
    person: Person, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with person.device() as device:
        looks = []
        changes = type(instance.app.stores.changes)
        since = changes.since

        async def counted(*arguments: Any) -> Any:
            looks.append(arguments)
            return await since(*arguments)

        monkeypatch.setattr(changes, "since", counted)
        instance.app.fanout.publish(UserId(person.id), Changed(Revision(1_000), None))
        for _ in range(5):
            await person.conversation()
        await device.until_revision(5)
        assert device.revisions == [1, 2, 3, 4, 5]
        assert len(looks) <= 2


async def test_deleting_an_account_while_it_writes_deadlocks_nobody(person: Person) -> None:
    conversation = await person.conversation()
    writing = [person.rest("POST", "/conversations", {}) for _ in range(20)]
    body = {"conversation_id": conversation["id"], "role": "user", "content": "x"}
    writing += [person.rest("POST", "/messages", body) for _ in range(20)]
    deleting = person.rest("DELETE", "/auth/account", {"password": PASSWORD})
    *answers, deleted = await asyncio.gather(*writing, deleting)
    assert deleted.status == 204
    assert {answer.status for answer in answers} <= {201, 401, 404}


async def test_a_history_that_went_back_sends_devices_away_to_start_again(
    person: Person, instance: Instance, database_url: str
) -> None:
    for _ in range(3):
        await person.conversation()
    async with person.device() as device:
        cursor = device.cursor
        connection = await asyncpg.connect(database_url)
        # As after a failover to a standby that lagged.
        await connection.execute("delete from conversations where revision > 1")
        await connection.execute("update heads set revision = 1")
        await connection.close()
        await device.until(lambda d: not d.client.connected)
    async with person.device(since=cursor) as device:
        assert device.received[0][1]["reason"] == "beyond_head"
        await person.conversation()
        await device.until_revision(2)


async def test_a_device_that_joins_before_the_notice_of_a_message_sees_its_text_grow(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was sent the message while it caught up: the notice that comes late adds nothing but its text."""
    # Reconciliation would come even later than the notices.
    tuning = Tuning(delivery=DeliveryLimits(reconcile_interval=3600))
    async with running(database_url, tuning=tuning) as instance:
        person = await register(instance, http)
        publish, held = instance.app.fanout.publish, list[tuple[UserId, Notice]]()
        async with person.device():  # so that the instance hosts the user already
            monkeypatch.setattr(instance.app.fanout, "publish", lambda *said: held.append(said))
            writer = await start_writing(person)
            async with person.device(since="0") as joining:
                await joining.until_revision(writer.message["revision"])
                monkeypatch.undo()
                for said in held:
                    publish(*said)
                await writer.append("It grows.")
                screen = Screen(joining, writer.id)
                await joining.until(lambda device: screen.text == "It grows.")
