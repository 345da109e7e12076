"""Devices that come and go, each holding what it was sent and remembering every bit of it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp

from tests.laws.links import Link, Transport, open_link
from tests.support.doors import Door
from tests.support.instances import Instance
from tests.support.people import Json, Person
from tests.support.replica import Replica, is_change

PATIENCE = 30.0  # seconds; what takes longer is taken for lost

Since = Literal["own", "beginning", "now"]


class Gone(Exception):
    """There will be no answer."""


@dataclass(frozen=True, slots=True)
class Received:
    """A change as it came: `packet` is its text, to the letter."""

    event: str
    data: Json
    packet: str

    @property
    def revision(self) -> int:
        return int(self.data["revision"])


@dataclass(slots=True)
class Life:
    """A device from when it held nothing: what it holds, and what it was sent, over all its connections."""

    replica: Replica
    received: list[Received] = field(default_factory=list)
    claimed: list[tuple[int, int]] = field(default_factory=list)
    """Each cursor it came back with, and how much had been received by then."""
    shrunk: list[tuple[str, str]] = field(default_factory=list)
    """Each text that grew, as it was shown, and what it became that does not go on from there."""
    holes: list[Json] = field(default_factory=list)
    """Each delta that begins beyond the text that was shown."""


class Device:
    """One tab of a person. `connect` and `leave` may be called in any order and at once."""

    def __init__(self, person: Person, transport: Transport) -> None:
        self.person = person
        self.lives = [Life(Replica())]
        self.turned_away: list[str] = []
        self.dropped = 0
        """How often the server ended a connection."""
        self._transport = transport
        self._link: Link | None = None
        self._reading: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._heard = asyncio.Event()
        self._welcome = self._synced = False
        self._cut_after: int | None = None
        self._since: Since = "own"
        self._asked: dict[int, asyncio.Future[Json]] = {}
        self.instance: Instance | None = None
        """Where it is, or was last."""

    @property
    def life(self) -> Life:
        return self.lives[-1]

    @property
    def replica(self) -> Replica:
        return self.life.replica

    @property
    def connected(self) -> bool:
        return self._link is not None and not self._link.is_cut

    @property
    def listening(self) -> bool:
        """Whether it would hear what is sent to it."""
        return self._link is not None and self.connected and self._link.reading.is_set()

    @property
    def can_call(self) -> bool:
        return self.listening and self._welcome

    # Coming and going

    async def connect(
        self,
        instance: Instance,
        since: Since = "own",
        *,
        max_changes: int | None = None,
        cut_after: int | None = None,
    ) -> None:
        """Comes back, after leaving if need be. `cut_after` drops the connection after so many events."""
        async with self._changing:
            await self._leave()
            self._since, self._cut_after = since, cut_after
            self._welcome = self._synced = False
            auth: Json = {"token": self.person.token}
            if since == "beginning":
                self.lives.append(Life(Replica()))
            if since != "now":
                auth["since"] = self.replica.cursor
                self._claim()
            if max_changes is not None:
                auth["max_changes"] = max_changes
            self.instance = instance
            link = self._link = await open_link(self.person.http, instance.url, self._transport)
            self._reading = asyncio.create_task(self._read(link))
            await link.say(f"40{self.person.namespace},{json.dumps(auth)}")

    async def leave(self) -> None:
        async with self._changing:
            await self._leave()

    async def _leave(self) -> None:
        if self._link is not None:
            await self._link.cut()
        if self._reading is not None:
            await self._reading
            self._reading = None

    async def stay(self, instance: Instance) -> None:
        """Reads what comes, and is not cut off any more; if it is not connected it comes back."""
        self._cut_after = None
        self.resume()
        if not self.connected:
            await self.connect(instance)

    def pause(self) -> None:
        """Reads no more, until `resume`: nobody waits for its answers either."""
        if self._link is not None:
            self._link.reading.clear()
            self._give_up_asking()

    def resume(self) -> None:
        if self._link is not None:
            self._link.reading.set()

    # Asking

    async def call_json(self, event: str, text: str) -> Json:
        """The acknowledgement. Raises `Gone` if the device is cut off, or stops reading, before it comes."""
        if (link := self._link) is None:
            raise Gone
        number = len(self._asked)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            await link.say(f"42{self.person.namespace},{number}[{json.dumps(event)},{text}]")
        except (OSError, aiohttp.ClientError):
            raise Gone from None
        async with asyncio.timeout(PATIENCE):
            return await answer

    async def until(self, condition: "Callable[[Device], object]") -> None:
        """Waits for something to become true of this device. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while not condition(self):
                self._heard.clear()
                await self._heard.wait()

    async def until_settled(self) -> None:
        """Waits until it is live, or gone, or reads no more."""
        await self.until(lambda _: self._synced or not self.listening)

    async def pull(self, door: Door, limit: int) -> None:
        """Reads one page of changes from where it is, unless it is connected."""
        async with self._changing:
            if self._link is not None:
                return
            self._claim()
            page = (await door.call("sync", {"since": self.replica.cursor, "limit": limit})).data
            for change in page["changes"]:
                event, data = change["event"], change["data"]
                self.life.received.append(Received(event, data, json.dumps([event, data])))
                growing = self._growing()
                self.replica.apply(event, data, self.replica.cursor)
                self._note_what_shrank(growing)
            self.replica.move(page["cursor"])

    def _claim(self) -> None:
        self.life.claimed.append((self.replica.revision, len(self.life.received)))

    # What it hears

    async def _read(self, link: Link) -> None:
        try:
            async for packet in link.packets():
                if packet == "2":
                    await link.say("3")
                elif packet.startswith("4"):
                    self._receive(packet)
                    self._heard.set()
                if self._cut_after is not None and self._cut_after <= 0:
                    await link.cut()
                    break
            self.dropped += not link.is_cut
        finally:
            await link.cut()
            self._link = None
            self._give_up_asking()

    def _give_up_asking(self) -> None:
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(Gone())
                answer.exception()  # whoever asked may be gone too
        self._heard.set()

    def _receive(self, packet: str) -> None:
        kind, text = packet[1], packet[2:]
        namespace, _, payload = text.partition(",")
        assert namespace == self.person.namespace, packet
        match kind:
            case "0":
                self._welcomed(json.loads(payload))
            case "2":
                self._event(packet, *json.loads(payload))
            case "3":
                number, bracket, rest = payload.partition("[")
                [answer] = json.loads(bracket + rest)
                if not self._asked[int(number)].done():
                    self._asked[int(number)].set_result(answer)
            case _:
                self.turned_away.append(packet)

    def _welcomed(self, welcome: Json) -> None:
        self._welcome = True
        if self._since == "now":
            # Without `since` it is told of what follows this connection's start, which its `pid` seals.
            self.lives.append(Life(Replica.starting_at(welcome["pid"].partition("~")[0])))

    def _event(self, packet: str, event: str, *arguments: Any) -> None:
        if event == "sync:reset":
            self.lives.append(Life(Replica()))
        if is_change(event):
            self.life.received.append(Received(event, arguments[0], packet))
        growing = self._growing()
        grew = self.replica.receive(event, *arguments)
        self._note_what_shrank(growing)
        if event == "message:delta" and not grew and ("message", arguments[0]["message_id"]) in growing:
            self.life.holes.append(arguments[0])
        self._synced = self._synced or event == "synced"
        if self._cut_after is not None:
            self._cut_after -= 1

    def _growing(self) -> dict[tuple[str, str], str]:
        """The texts that are shown of messages that stream."""
        rows = self.replica.rows.items()
        return {key: row["content"] for key, row in rows if row.get("status") == "streaming"}

    def _note_what_shrank(self, growing: dict[tuple[str, str], str]) -> None:
        for key, before in growing.items():
            if key in self.replica.rows and not (now := self.replica.rows[key]["content"]).startswith(before):
                self.life.shrunk.append((before, now))
