"""Every change reaches the broker, in order for each user, whatever fails in between: A1 to A3."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import asyncpg
import jsonschema
import pytest

from bench.rabbitmq import RabbitMQ
from bitworks.amqp.broker import Broker, MessageTooLarge
from bitworks.amqp.messages import BrokerMessage
from bitworks.core.changes import change_of
from bitworks.core.cursors import Cursor
from bitworks.core.ids import UserId
from bitworks.features.history.records import Conversation
from bitworks.features.relay.cloud_events import Envelope
from bitworks.features.relay.relay import NAME, Relay
from bitworks.hosting.relaying import relaying
from bitworks.storage.database import Database
from bitworks.storage.follower_jobs import FollowerJobs, Following, LostLease
from bitworks.storage.followers import Followers
from tests.support.instances import Instance, running
from tests.support.people import PATIENCE, Json, Person, register
from tests.support.rabbitmq import Consumer, a_broker, consuming, example

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
async def consumer(amqp_url: str) -> AsyncIterator[Consumer]:
    async with consuming(amqp_url) as one:
        yield one


@pytest.fixture
async def instance(database_url: str, amqp_url: str, consumer: Consumer) -> AsyncIterator[Instance]:
    """A server that relays what it writes."""
    async with (
        running(database_url, amqp_url=amqp_url, public_url="https://chat.example.org") as one,
        relaying(one.app.settings, database_url, one.app.fanout),
    ):
        yield one


def rows_of(rows: dict[tuple[str, str], Json]) -> dict[tuple[str, str], Json]:
    """Rows by kind and id, without the account, of which devices are not told."""
    return {key: row for key, row in rows.items() if key[0] != "user"}


async def state_of(person: Person) -> dict[tuple[str, str], Json]:
    """The rows of a user as a device would fetch them anew."""
    page = await person.must("GET", "/changes?since=0&limit=1000")
    return rows_of({(one["event"].split(":")[0], one["data"]["id"]): one["data"] for one in page["changes"]})


async def assert_mirrored(consumer: Consumer, *people: Person) -> None:
    """The mirror of the consumer becomes equal to what is there."""
    for person in people:
        there = await state_of(person)
        await consumer.until(
            lambda one, id_=person.id, there=there: rows_of(one.mirror.rows.get(id_, {})) == there
        )


async def test_a_change_comes_as_a_cloud_event_with_what_devices_get(
    instance: Instance, consumer: Consumer, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    conversation = await person.conversation()
    message = await person.message(conversation, "Hello")
    await consumer.until(lambda one: "message.created" in one.types())
    assert consumer.types() == [
        "epoch.started", "user.created", "conversation.created", "message.created"
    ]  # fmt: skip
    event, carried = consumer.events[-1], consumer.messages[-1]
    epoch = event["epoch"]
    assert event == {
        "specversion": "1.0",
        "id": f"{epoch}:{person.id}:{message['revision']}",
        "source": "https://chat.example.org",
        "type": "bitworks.message.created",
        "subject": message["id"],
        "time": message["timestamp"],
        "datacontenttype": "application/json",
        "sequence": f"{message['revision']:020}",
        "epoch": epoch,
        "partitionkey": person.id,
        "data": message,
    }
    assert carried.routing_key == f"message.created.{person.id}"
    assert carried.message_id == event["id"]
    assert carried.content_type == "application/cloudevents+json"
    assert carried.delivery_mode == 2


async def test_an_account_begins_with_sequence_0_and_without_its_email(
    instance: Instance, consumer: Consumer, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    await consumer.until(lambda one: "user.created" in one.types())
    event = consumer.events[-1]
    assert (event["sequence"], event["subject"]) == ("0" * 20, person.id)
    assert set(event["data"]) == {"id", "created_at"}


async def test_the_end_of_an_account_ends_everything_of_it_above_its_last_revision(
    instance: Instance, consumer: Consumer, http: aiohttp.ClientSession, database_url: str
) -> None:
    person = await register(instance, http)
    conversation = await person.conversation()
    await consumer.until(lambda one: "conversation.created" in one.types())
    assert (await person.rest("DELETE", "/auth/account", {"password": "correct horse"})).status < 300
    await consumer.until(lambda one: "user.deleted" in one.types())
    assert int(consumer.events[-1]["sequence"]) == conversation["revision"] + 1
    assert person.id not in consumer.mirror.rows
    connection = await asyncpg.connect(database_url)
    async with asyncio.timeout(10):
        while await connection.fetchval(  # noqa: ASYNC110 - no event tells it
            "select exists (select 1 from followed) or exists (select 1 from followers_due)"
        ):
            await asyncio.sleep(0.02)
    await connection.close()


async def test_a_mirror_is_equal_after_edits_and_deletions(
    instance: Instance, consumer: Consumer, http: aiohttp.ClientSession
) -> None:
    people = [await register(instance, http) for _ in range(3)]
    for person in people:
        kept, gone = await person.conversation("kept"), await person.conversation("gone")
        await person.must("POST", "/context", {"conversation_id": gone["id"]})
        messages = [await person.message(one, "text") for one in (kept, kept, gone)]
        await person.must("PUT", f"/messages/{messages[0]['id']}", {"content": "another"})
        await person.must("DELETE", f"/messages/{messages[1]['id']}")
        await person.must("DELETE", f"/conversations/{gone['id']}")
    await assert_mirrored(consumer, *people)


async def test_what_was_written_before_the_first_relay_is_told(
    database_url: str, amqp_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, amqp_url=amqp_url) as instance:
        person = await register(instance, http)
        await person.message(await person.conversation())
        async with (
            consuming(amqp_url) as consumer,
            relaying(instance.app.settings, database_url, instance.app.fanout),
        ):
            await assert_mirrored(consumer, person)
            assert consumer.types()[:2] == ["epoch.started", "user.created"]


async def test_a_relay_from_now_leaves_out_what_is_there(
    database_url: str, amqp_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, amqp_url=amqp_url) as instance:
        person = await register(instance, http)
        before = await person.conversation("before")
        relay = relaying(instance.app.settings, database_url, instance.app.fanout, from_now=True)
        async with consuming(amqp_url) as consumer, relay:
            await consumer.until(lambda one: "epoch.started" in one.types())
            after = await person.conversation("after")
            await consumer.until(lambda one: after["id"] in [event.get("subject") for event in one.events])
            assert before["id"] not in [event.get("subject") for event in consumer.events]


async def test_a_new_epoch_is_told_first_and_then_everything_again(
    instance: Instance, consumer: Consumer, http: aiohttp.ClientSession
) -> None:
    people = [await register(instance, http) for _ in range(2)]
    for person in people:
        await person.message(await person.conversation())
    await assert_mirrored(consumer, *people)
    epoch = await instance.app.stores.revisions.new_epoch()
    await consumer.until(
        lambda one: (
            sum(event["epoch"] == epoch and event["type"].endswith("message.created") for event in one.events)
            == 2
        )
    )
    of_epoch = [event for event in consumer.events if event["epoch"] == epoch]
    assert [event["type"] for event in of_epoch].index("bitworks.epoch.started") == 0
    assert [event["type"] for event in of_epoch].count("bitworks.epoch.started") == 1
    await assert_mirrored(consumer, *people)


async def test_a_user_is_told_again_when_that_is_asked_for(
    instance: Instance, consumer: Consumer, http: aiohttp.ClientSession
) -> None:
    person, other = await register(instance, http), await register(instance, http)
    for one in (person, other):
        await one.conversation()
    await assert_mirrored(consumer, person, other)
    told = len(consumer.events)
    assert await Followers(instance.app.stores.database).begin_again(NAME, UserId(person.id))
    await consumer.until(lambda one: len(one.events) == told + 2)
    assert [event["partitionkey"] for event in consumer.events[told:]] == [person.id] * 2
    await assert_mirrored(consumer, person, other)


async def test_a_restored_database_is_told_anew_and_the_mirror_is_right(
    database_url: str, postgres: str, amqp_url: str, http: aiohttp.ClientSession
) -> None:
    name = urlsplit(database_url).path.strip("/")
    restored_url = urlunsplit(urlsplit(database_url)._replace(path=f"/{name}_restored"))
    async with consuming(amqp_url) as consumer:
        async with relayed(database_url, amqp_url) as instance:
            person = await register(instance, http)
            kept = await person.conversation("kept")
            await assert_mirrored(consumer, person)
        admin = await asyncpg.connect(postgres)
        await admin.execute(f"create database {name}_restored template {name}")
        async with relayed(database_url, amqp_url) as instance:
            person = replace(person, instance=instance)
            await person.message(kept, "written after the backup")
            await assert_mirrored(consumer, person)
        async with relayed(restored_url, amqp_url) as instance:
            person = replace(person, instance=instance)
            await person.message(kept, "written after the restore")
            await assert_mirrored(consumer, person)
        await admin.execute(f"drop database {name}_restored with (force)")
        await admin.close()
    assert consumer.types().count("epoch.started") == 2


@asynccontextmanager
async def relayed(database_url: str, amqp_url: str) -> AsyncIterator[Instance]:
    async with (
        running(database_url, amqp_url=amqp_url) as instance,
        relaying(instance.app.settings, database_url, instance.app.fanout),
    ):
        yield instance


async def test_who_died_between_confirmation_and_mark_tells_again_and_nothing_is_lost(
    instance: Instance, consumer: Consumer, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await register(instance, http)
    await assert_mirrored(consumer, person)
    move, died = FollowerJobs.move, asyncio.Event()

    def die_once(jobs: FollowerJobs, following: Following, mark: Cursor, *, told_all: bool) -> None:
        if not died.is_set():
            died.set()
            raise LostLease  # what it told is not marked, and its lease runs out by itself
        move(jobs, following, mark, told_all=told_all)

    monkeypatch.setattr(FollowerJobs, "move", die_once)
    await person.message(await person.conversation())
    await assert_mirrored(consumer, person)
    async with asyncio.timeout(PATIENCE):
        while (await Followers(instance.app.stores.database).progress())[0].behind:  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.02)
    ids = [event["id"] for event in consumer.events]
    assert died.is_set()
    assert len(ids) > len(set(ids))


@pytest.fixture(scope="module")
def narrow_broker() -> Iterator[RabbitMQ]:
    with a_broker("max_message_size = 20000\n") as broker:
        yield broker


async def test_what_is_too_large_for_the_broker_comes_without_content_and_with_an_address(
    database_url: str, narrow_broker: RabbitMQ, http: aiohttp.ClientSession
) -> None:
    async with consuming(narrow_broker.url) as consumer, relayed(database_url, narrow_broker.url) as instance:
        person, other = await register(instance, http), await register(instance, http)
        conversation = await person.conversation()
        large = await person.message(conversation, "x" * 50_000)
        small = await person.message(conversation, "small")
        await other.message(await other.conversation(), "of somebody else")
        await assert_mirrored(consumer, other)
        await consumer.until(lambda one: small["id"] in [event.get("subject") for event in one.events])
        [event] = [event for event in consumer.events if event.get("subject") == large["id"]]
        assert event["data"] == {**large, "content": None}
        path = event["dataref"].removeprefix(instance.app.settings.callback_url)
        assert (await person.must("GET", path))["content"] == "x" * 50_000


async def test_relays_that_share_the_users_tell_each_change_once(
    database_url: str, amqp_url: str, http: aiohttp.ClientSession
) -> None:
    async with (
        consuming(amqp_url) as consumer,
        relayed(database_url, amqp_url) as instance,
        relaying(instance.app.settings, database_url, instance.app.fanout),
    ):
        people = [await register(instance, http) for _ in range(5)]
        talks = [await person.conversation() for person in people]
        for _ in range(10):
            await asyncio.gather(*(one.message(talk) for one, talk in zip(people, talks, strict=True)))
        await assert_mirrored(consumer, *people)
    ids = [event["id"] for event in consumer.events]
    assert len(ids) == len(set(ids))
    assert consumer.types().count("epoch.started") == 1


async def test_every_event_is_as_the_asyncapi_document_says(
    instance: Instance, consumer: Consumer, http: aiohttp.ClientSession, repository: Path
) -> None:
    document = json.loads((repository / "docs/asyncapi.json").read_text(encoding="utf-8"))
    person = await register(instance, http)
    conversation = await person.conversation()
    message = await person.message(conversation)
    await person.must("POST", "/context", {"conversation_id": conversation["id"]})
    await person.must("PUT", f"/messages/{message['id']}", {"content": "another"})
    await person.must("DELETE", f"/messages/{message['id']}")
    await person.must("DELETE", "/auth/account", {"password": "correct horse"})
    await consumer.until(lambda one: "user.deleted" in one.types())
    for event in consumer.events:
        payload = document["components"]["messages"][event["type"]]["payload"]
        validator = jsonschema.Draft7Validator({**payload, "components": document["components"]})
        validator.validate(event)


def test_a_mirror_that_hears_twice_that_an_epoch_has_begun_keeps_what_it_has() -> None:
    envelope, mirror = Envelope("https://chat.example.org", "e1"), example("mirror").Mirror()
    started, user = envelope.of_epoch(NOW), UserId("ada")
    for event in (started, envelope.of_new_user(user, NOW), started):
        mirror.take(event)
    assert ("user", "ada") in mirror.rows[user]
    mirror.take(Envelope("https://chat.example.org", "e2").of_epoch(NOW))
    assert mirror.rows == {}
    mirror.take(envelope.of_new_user(user, NOW))  # of the epoch before
    assert mirror.rows == {}


async def test_a_consumer_that_is_new_later_has_all_of_a_user_who_wrote_before_it_was_told_again(
    instance: Instance, consumer: Consumer, amqp_url: str, http: aiohttp.ClientSession
) -> None:
    person = await register(instance, http)
    conversation = await person.conversation()
    gone = await person.message(conversation, "gone")
    await assert_mirrored(consumer, person)
    async with consuming(amqp_url) as late:
        late.mirror = example("mirror").Mirror(replayed=True)
        await person.message(conversation, "heard at once")
        await late.until(lambda one: "message.created" in one.types())
        await person.must("DELETE", f"/messages/{gone['id']}")
        await Followers(instance.app.stores.database).begin_again(NAME, UserId(person.id))
        await assert_mirrored(late, person)
        await assert_mirrored(consumer, person)


@dataclass
class Confirming:
    """A broker that keeps each message, and tells of it."""

    bodies: list[Json] = field(default_factory=list)
    on_publish: Callable[[], None] = lambda: None

    async def publish(self, exchange: str, routing_key: str, message: BrokerMessage) -> None:
        self.bodies.append(json.loads(message.body))
        self.on_publish()


async def test_changes_keep_the_epoch_that_they_were_read_in() -> None:
    broker = Confirming()
    relay = Relay(cast(Broker, broker), cast(Database, None), "https://chat.example.org", lambda: NOW)
    relay.tell_of("e1")
    broker.on_publish = lambda: relay.tell_of("e2")
    changes = [change_of(Conversation(f"{n}", "ada", None, {}, NOW, NOW, n, n)) for n in (1, 2)]  # type: ignore[arg-type]
    await relay.take(UserId("ada"), changes)
    assert [body["epoch"] for body in broker.bodies] == ["e1", "e1"]


@dataclass
class Narrow(Confirming):
    """One that takes so many bytes at most."""

    most: int = 0

    async def publish(self, exchange: str, routing_key: str, message: BrokerMessage) -> None:
        if len(message.body) > self.most:
            raise MessageTooLarge
        await super().publish(exchange, routing_key, message)


async def test_what_is_too_large_whatever_is_taken_from_it_comes_as_its_ids(repository: Path) -> None:
    broker = Narrow(most=700)
    relay = Relay(cast(Broker, broker), cast(Database, None), "https://chat.example.org", lambda: NOW)
    conversation = Conversation("talk", "ada", None, {"notes": "x" * 1_000}, NOW, NOW, 1, 1)  # type: ignore[arg-type]
    await relay.take(UserId("ada"), [change_of(conversation)])
    [event] = broker.bodies
    assert event["data"] == {"id": "talk", "revision": 1}
    assert event["dataref"] == "https://chat.example.org/conversations/detail/talk"
    document = json.loads((repository / "docs/asyncapi.json").read_text(encoding="utf-8"))
    payload = document["components"]["messages"][event["type"]]["payload"]
    jsonschema.Draft7Validator({**payload, "components": document["components"]}).validate(event)
