"""Real conversations, played over both doors of two instances, end up the same on every device.

The data is that of the directory BITWORKS_DATA, or of ../shared/data; where there is none, a small set of
our own.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from bitworks.play.client import ApiClient
from bitworks.play.command import read_files
from bitworks.play.plan import Plan, PlannedConversation
from bitworks.play.player import Player, Tally
from tests.support.doors import RestDoor, all_pages
from tests.support.instances import Instance
from tests.support.people import Device, Json, Person, register

OWN = Path(__file__).parent / "data"
PEOPLE = 4
IN_FLIGHT = 4
# What a device was told, in the order in which it was told: (event, record, cursor).
Told = list[tuple[Any, ...]]
# Each conversation with its messages, by its id.
History = dict[str, tuple[Json, list[Json]]]


def data_files(repository: Path) -> list[Path]:
    directory = Path(os.environ.get("BITWORKS_DATA") or repository.parent / "shared" / "data")
    return sorted((directory if directory.is_dir() else OWN).glob("*.jsonl"))


async def test_all_devices_end_with_the_same_history(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession, repository: Path
) -> None:
    files = data_files(repository)
    assert files
    wanted = read_files(files).conversations
    people = [await register(instances[n % 2], http) for n in range(PEOPLE)]
    async with asyncio.TaskGroup() as group:
        for number, person in enumerate(people):
            other = instances[1 - number % 2]
            group.create_task(assert_one_history(person, other, wanted[number::PEOPLE]))


async def assert_one_history(person: Person, other: Instance, wanted: Sequence[PlannedConversation]) -> None:
    """Plays half over REST on one instance and half over a socket on the other, with three devices."""
    progress = Progress(total=sum(1 + len(one.turns) for one in wanted))
    tablet = Wanderer(person, (person.instance, other))
    async with person.device() as phone, person.device(other) as desk:
        async with asyncio.TaskGroup() as group:
            group.create_task(tablet.wander(progress))
            group.create_task(play_over_rest(person, wanted[0::2], progress))
            group.create_task(play_over_socket(desk, wanted[1::2], progress))
        for device in (phone, desk):
            await device.until(lambda device: len(changes(device)) >= progress.total)
    async with person.device(other, since="0") as fresh:
        told = changes(fresh)
    assert [record["revision"] for _, record, _ in told] == list(range(1, progress.total + 1))
    history = history_of(told)
    assert_is_as_wanted(history, wanted)
    for what_it_was_told in (changes(phone), changes(desk), tablet.told):
        # Exactly the same changes in the same order, each once; and so the same on the screen.
        assert in_short(what_it_was_told) == in_short(told)
        assert history_of(what_it_was_told) == history
    assert tablet.journeys == 3
    for instance in (person.instance, other):
        await assert_pages_agree(replace(person, instance=instance), history)


@dataclass
class Progress:
    """How many of all the writes were answered."""

    total: int
    done: int = 0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def advance(self, writes: int = 1) -> None:
        self.done += writes
        self._moved.set()

    async def reach(self, share: float) -> None:
        while self.done < self.total * share:
            self._moved.clear()
            await self._moved.wait()


@dataclass
class Wanderer:
    """A device that leaves and comes back with its cursor while others write, to each instance in turn."""

    person: Person
    instances: tuple[Instance, Instance]
    told: Told = field(default_factory=list)
    journeys: int = 0
    _cursor: str = "0"

    async def wander(self, progress: Progress) -> None:
        for leaves_at, returns_at in ((0.2, 0.4), (0.6, 1.0), (1.0, 1.0)):
            async with self.person.device(self.instances[self.journeys % 2], since=self._cursor) as device:
                await progress.reach(leaves_at)
            self.told += changes(device)
            self._cursor = device.cursor
            self.journeys += 1
            await progress.reach(returns_at)


async def play_over_rest(person: Person, wanted: Sequence[PlannedConversation], progress: Progress) -> None:
    server = ApiClient(person.http, person.instance.url)
    server.resume(person.tokens)
    plan = Plan(tuple(wanted), ())
    tally = Tally.of(plan)
    await Player(server, tally, progress.advance).play(plan)
    assert (tally.conversations.written, tally.messages.written) == (len(wanted), tally.messages.read)
    progress.advance(len(wanted))


async def play_over_socket(device: Device, wanted: Sequence[PlannedConversation], progress: Progress) -> None:
    waiting = iter(wanted)
    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(_play_all_over_socket(device, waiting, progress))


async def _play_all_over_socket(
    device: Device, waiting: Iterator[PlannedConversation], progress: Progress
) -> None:
    for one in waiting:
        await write(device, progress, "conversation:create", {"id": one.id, "title": one.title})
        for turn in one.turns:
            fields = {"id": turn.id, "role": turn.role, "content": turn.content}
            await write(device, progress, "message:create", {"conversation_id": one.id, **fields})


async def write(device: Device, progress: Progress, event: str, payload: Json) -> None:
    answer = await device.call(event, payload)
    assert answer["ok"], answer
    progress.advance()


def changes(device: Device) -> Told:
    return [one for one in device.received if one[0] != "synced"]


def in_short(told: Told) -> list[tuple[Any, ...]]:
    return [(event, record["id"], record["revision"], cursor) for event, record, cursor in told]


def history_of(told: Told) -> History:
    """What a device shows: each conversation with its messages, in the order in which they came."""
    history: History = {}
    for event, record, _ in told:
        if event == "conversation:created":
            history[record["id"]] = ({**record}, [])
        else:
            assert event == "message:created"
            conversation, messages = history[record["conversation_id"]]
            messages.append(record)
            conversation["updated_at"] = max(conversation["updated_at"], record["timestamp"])
    return history


def assert_is_as_wanted(history: History, wanted: Sequence[PlannedConversation]) -> None:
    """Nothing is missing, changed, added or out of order."""
    shown = {
        id_: (conversation["title"], [(one["id"], one["role"], one["content"]) for one in messages])
        for id_, (conversation, messages) in history.items()
    }
    assert shown == {
        one.id: (one.title, [(turn.id, turn.role, turn.content) for turn in one.turns]) for one in wanted
    }


async def assert_pages_agree(person: Person, history: History) -> None:
    """What REST pages through is what the devices show, in the same order."""
    door = RestDoor(person)
    pages = await all_pages(door, "conversation:list", {"limit": 50})
    conversations = [conversation for page in pages for conversation in page]
    newest_first = sorted(
        (conversation for conversation, _ in history.values()),
        key=lambda one: (one["updated_at"], one["id"]),
        reverse=True,
    )
    assert conversations == newest_first
    for id_, (_, messages) in history.items():
        pages = await all_pages(door, "message:list", {"conversation_id": id_, "limit": 4})
        assert [message for page in reversed(pages) for message in page] == messages
