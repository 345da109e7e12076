"""Runs programmes on real instances, and remembers what was asked, answered, said and heard."""

import asyncio
import itertools
import json
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

import aiohttp

from bitworks.fanout.notices import Changed
from tests.laws.devices import PATIENCE, Device, Gone, Received
from tests.laws.disturbance import Disturbance
from tests.laws.payloads import CONVERSATION_IDS, Answered, payload_of, row_of
from tests.laws.producers import TEXT_IDS, Producers
from tests.laws.programmes import (
    DEVICES,
    INSTANCES,
    PEOPLE,
    Connect,
    CutRoad,
    Disturb,
    Kill,
    Leave,
    Produce,
    Programme,
    Pull,
    Read,
    Road,
    Silence,
    Step,
    Together,
    Wait,
    Write,
)
from tests.support import roads
from tests.support.doors import Door, Outcome, RestDoor, SocketDoor, all_pages
from tests.support.instances import Instance
from tests.support.people import Json, Person, register
from tests.support.replica import Rows, revision_of

QUIET = 0.02  # seconds without a write, for one whose writer is gone to be over
TRANSPORTS = ("websocket", "polling", "websocket")


@dataclass(frozen=True, slots=True)
class Place:
    """One instance, its road to Redis, and what it says and hears."""

    instance: Instance
    road: roads.Road
    disturbance: Disturbance


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody asked, and what was answered; None if they were cut off before."""

    event: str
    payload: Json
    outcome: Outcome | None


@dataclass(slots=True)
class Someone:
    """A person with their devices. Everything they write bears their mark."""

    person: Person
    mark: str
    devices: list[Device]
    producers: Producers
    calls: list[Call] = field(default_factory=list)
    answered: Answered = field(default_factory=dict)
    """The revisions of each row, as the answers told them."""

    @property
    def lives(self) -> list[Any]:
        return [life for device in self.devices for life in device.lives]


class World:
    """One programme's world: its own people, on instances that outlive it."""

    def __init__(self, places: list[Place], people: list[Someone]) -> None:
        self.places = places
        self.people = people
        assert len(places) == INSTANCES

    @classmethod
    async def begin(cls, places: list[Place], http: aiohttp.ClientSession) -> "World":
        """Everybody has two live devices on different instances, and one conversation."""
        people = [await _someone(places, http, number) for number in range(PEOPLE)]
        world = cls(places, people)
        for number in range(PEOPLE):
            for device in range(2):
                await world.do(Connect(number, device, device, since="beginning"))
            await world.do(Write(number, "conversation:create", 0))
        return world

    async def run(self, programme: Programme) -> None:
        """All of the programme, and then everything is let go quiet."""
        for step in programme.steps:
            await self.do(step)
        await self.calm()

    async def do(self, step: Step) -> None:
        match step:
            case Together(steps):
                await asyncio.gather(*(self.do(one) for one in steps))
            case Write():
                await self._write(step)
            case Produce():
                await self._produce(step)
            case Kill(instance):
                await self._kill(self.places[instance].instance)
            case Silence(instance):
                await self._silence(self.places[instance].instance)
            case Connect():
                await self._connect(step)
            case Leave(person, device):
                await self.people[person].devices[device].leave()
            case Read(person, device, on):
                chosen = self.people[person].devices[device]
                (chosen.resume if on else chosen.pause)()
            case Pull():
                await self._pull(step)
            case Disturb(instance, where, fates):
                self.places[instance].disturbance.meet(where, fates)
            case Road(instance, state):
                self.places[instance].road.become(state)
            case CutRoad(instance):
                self.places[instance].road.cut()
            case Wait(milliseconds):
                await asyncio.sleep(milliseconds / 1000)
            case _:
                assert_never(step)

    # Letting go quiet

    async def calm(self) -> None:
        """No more faults; every device is back and has heard of everything."""
        for place in self.places:
            place.road.become("open")
            place.disturbance.calm()
        await asyncio.gather(*(self._bring_back(someone) for someone in self.people))
        for someone in self.people:
            await self._until_nobody_writes(someone)
            await self._until_shown(someone)
            await self._end_what_grows(someone)
            await asyncio.gather(*(self._until_heard(someone, device) for device in someone.devices))

    async def _bring_back(self, someone: Someone) -> None:
        for number, device in enumerate(someone.devices):
            await device.stay(self.places[number % INSTANCES].instance)

    async def _until_nobody_writes(self, someone: Someone) -> None:
        """A write whose writer was cut off may still be under way."""
        if all(call.outcome is not None for call in someone.calls):
            return
        seen = -1
        while seen != (seen := await self.drawn(someone)):  # noqa: ASYNC110 - nobody is left to be told
            await asyncio.sleep(QUIET)

    async def _until_shown(self, someone: Someone) -> None:
        """Until every device shows of every message that grows what PostgreSQL has of it."""
        try:
            async with asyncio.timeout(PATIENCE):
                while unlike := _unlike(someone, await self.growing(someone)):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(QUIET)
        except TimeoutError:
            raise AssertionError(f"shown, and written: {unlike}") from None

    async def _end_what_grows(self, someone: Someone) -> None:
        for row, id_ in enumerate(TEXT_IDS):
            if ("message", id_) in await self.growing(someone):
                await self.do(Produce(self.people.index(someone), "finish", row, door=row % INSTANCES))
                assert someone.calls[-1].outcome is not None
                assert someone.calls[-1].outcome.ok

    async def _until_heard(self, someone: Someone, device: Device) -> None:
        drawn = await self.drawn(someone)
        try:
            await device.until(lambda d: d.replica.revision >= drawn)
        except TimeoutError:
            raise AssertionError(f"at {device.replica.revision}, and never heard of {drawn}") from None

    async def end(self) -> None:
        for someone in self.people:
            for device in someone.devices:
                await device.leave()

    # What is

    async def drawn(self, someone: Someone) -> int:
        """How many revisions of theirs PostgreSQL has counted."""
        revisions = self.places[0].instance.app.stores.revisions
        [heads] = await revisions.heads([someone.person.id])
        return int(heads.revision)

    def said(self, someone: Someone) -> list[Changed]:
        """Every change of theirs that was published, on whichever instance."""
        return [
            notice
            for place in self.places
            for user_id, notice in place.disturbance.said
            if user_id == someone.person.id
        ]

    def history(self, someone: Someone) -> dict[int, Received]:
        """Their changes as they were published, in order."""
        published = sorted(self.said(someone), key=lambda notice: notice.revision)
        return {notice.revision: _published(notice) for notice in published}

    async def snapshot(self, someone: Someone, instance: int = 0) -> Rows:
        """Everything of theirs, as REST lists it, in small pages."""
        door = self._rest(someone, instance)
        rows: Rows = {}
        for conversation in await _all_rows(door, "conversation:list", {"limit": 2}):
            id_ = conversation["id"]
            rows["conversation", id_] = conversation
            for message in await _all_rows(door, "message:list", {"conversation_id": id_, "limit": 2}):
                rows["message", message["id"]] = message
            context = await door.call("context:get", {"conversation_id": id_})
            if context.ok:
                rows["context", context.data["id"]] = context.data
        return rows

    async def growing(self, someone: Someone) -> Rows:
        """Their messages that stream now, as REST lists them."""
        rows = (await self.snapshot(someone)).items()
        return {key: row for key, row in rows if row.get("status") == "streaming"}

    async def fresh_device(self, someone: Someone, instance: int) -> Device:
        """One that begins now, from nothing. It has left again."""
        device = Device(someone.person, TRANSPORTS[instance])
        await device.connect(self.places[instance].instance, "beginning")
        await device.until_settled()
        await device.leave()
        return device

    # Steps

    async def _write(self, step: Write) -> None:
        someone = self.people[step.person]
        payload = payload_of(step, someone.mark, someone.answered)
        outcome = await self._call(someone, step.door, step.event, payload)
        if outcome is not None and outcome.ok and isinstance(outcome.data, dict):
            revisions = someone.answered.setdefault(row_of(step.event, payload), [])
            revisions.append(outcome.data["revision"])

    async def _produce(self, step: Produce) -> None:
        someone = self.people[step.person]
        event, payload = someone.producers.call(step, CONVERSATION_IDS[step.conversation])
        outcome = await self._call(someone, step.door, event, payload)
        if outcome is not None:
            someone.producers.answered(event, payload, outcome)

    async def _call(self, someone: Someone, door: int, event: str, payload: Json) -> Outcome | None:
        """None if the caller was cut off before the answer came."""
        try:
            outcome = await self._door(someone, door).call(event, payload)
        except Gone:
            outcome = None
        someone.calls.append(Call(event, payload, outcome))
        return outcome

    async def _kill(self, instance: Instance) -> None:
        for stream in instance.app.streaming.streams.all():
            instance.app.streaming.streams.drop(stream)
        devices = [device for someone in self.people for device in someone.devices]
        await asyncio.gather(*(device.leave() for device in devices if device.instance is instance))

    async def _silence(self, instance: Instance) -> None:
        database = instance.app.stores.streams.database
        await database.execute("update open_messages set expires_at = now()")
        await instance.app.keeper.reap()

    def _door(self, someone: Someone, number: int) -> Door:
        if number < INSTANCES:
            return self._rest(someone, number)
        device = someone.devices[number - INSTANCES]
        return SocketDoor(device) if device.can_call else self._rest(someone, number % INSTANCES)  # type: ignore[arg-type]  # it is called like one

    def _rest(self, someone: Someone, instance: int) -> RestDoor:
        return RestDoor(replace(someone.person, instance=self.places[instance].instance))

    async def _connect(self, step: Connect) -> None:
        device = self.people[step.person].devices[step.device]
        await device.connect(
            self.places[step.instance].instance,
            step.since,
            max_changes=step.max_changes,
            cut_after=step.cut_after,
        )
        if step.wait:
            await device.until_settled()

    async def _pull(self, step: Pull) -> None:
        someone = self.people[step.person]
        await someone.devices[step.device].pull(self._rest(someone, step.instance), step.limit)


def _published(notice: Changed) -> Received:
    assert notice.packet is not None
    text = notice.packet.decode()
    event, data, cursor = json.loads(text.partition(",")[2])
    assert (data["revision"], revision_of(cursor)) == (notice.revision, notice.revision)
    return Received(event, data, "4" + text)


def _unlike(someone: Someone, growing: Rows) -> list[tuple[str, str]]:
    """What devices show of messages that grow, and what they should."""
    return [
        (device.replica.rows.get(key, {}).get("content", "nothing"), row["content"])
        for device in someone.devices
        for key, row in growing.items()
        if row["revision"] > device.replica.base
        and device.replica.rows.get(key, {}).get("content") != row["content"]
    ]


_numbers = itertools.count()


async def _someone(places: list[Place], http: aiohttp.ClientSession, number: int) -> Someone:
    email = f"citizen{next(_numbers)}@example.org"
    person = await register(places[number % INSTANCES].instance, http, email)
    mark = f"of-{number}"
    devices = [Device(person, TRANSPORTS[n]) for n in range(DEVICES)]
    return Someone(person, mark, devices, Producers(mark))


async def _all_rows(door: Door, event: str, payload: Json) -> list[Json]:
    return [row for page in await all_pages(door, event, payload) for row in page]
