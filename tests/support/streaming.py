"""Messages that grow: those who write them, and what a device shows of them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import asyncpg

from tests.support.instances import Instance
from tests.support.people import Device, Json, Person
from tests.support.replica import Replica


@dataclass(slots=True)
class Writer:
    """A producer: the person's own client, which opens a message and appends to it over REST."""

    person: Person
    message: Json

    @property
    def id(self) -> str:
        return str(self.message["id"])

    async def append(self, text: str, offset: int | None = None, instance: Instance | None = None) -> Json:
        where = {} if offset is None else {"offset": offset}
        appended: Json = await self._must("append", {"text": text, **where}, instance)
        return appended

    async def finish(self, instance: Instance | None = None, **fields: object) -> Json:
        ended: Json = await self._must("finish", fields, instance)
        return ended

    async def stop(self, instance: Instance | None = None) -> Json:
        ended: Json = await self._must("stop", None, instance)
        return ended

    async def read(self, instance: Instance | None = None) -> Json:
        """The message as REST gives it."""
        got: Json = await self.person.must("GET", f"/messages/detail/{self.id}", instance=instance)
        return got

    async def _must(self, what: str, body: object, instance: Instance | None) -> Any:
        return await self.person.must("POST", f"/messages/{self.id}/{what}", body, instance=instance)


async def start_writing(person: Person, instance: Instance | None = None, **fields: object) -> Writer:
    """Opens a message, in a conversation of its own."""
    conversation = await person.conversation()
    body = {"conversation_id": conversation["id"], "role": "assistant", "status": "streaming", **fields}
    return Writer(person, await person.must("POST", "/messages", body, instance=instance))


async def forget_the_producer(database_url: str) -> None:
    """As if a minute had passed since anything was heard of any producer."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("update open_messages set expires_at = now()")
    await connection.close()


@dataclass(slots=True)
class Screen:
    """What a device shows of a message after each event it was sent."""

    device: Device
    id: str

    @property
    def frames(self) -> list[str]:
        replica, frames = Replica(), []
        for event, *arguments in self.device.received:
            replica.receive(event, *arguments)
            shown = replica.rows.get(("message", self.id))
            frames.append("" if shown is None else shown["content"])
        return frames

    @property
    def text(self) -> str:
        return self.frames[-1] if self.device.received else ""

    @property
    def deltas(self) -> list[Json]:
        return [one[1] for one in self.device.named("message:delta") if one[1]["message_id"] == self.id]

    async def until(self, text: str) -> None:
        """Waits until the device shows this text."""
        await self.device.until(lambda _: self.text == text)

    async def until_ended(self) -> Json:
        """Waits for the change that ends the message."""
        await self.device.until(lambda device: self._endings())
        ending: Json = self._endings()[-1]
        return ending

    def _endings(self) -> list[Json]:
        updates = [one[1] for one in self.device.named("message:updated") if one[1]["id"] == self.id]
        return [message for message in updates if message["status"] != "streaming"]

    def assert_grew_steadily(self) -> None:
        """Never shorter than before, never rewritten, and no delta after the end."""
        frames = [frame for frame in self.frames if frame]
        assert all(later.startswith(earlier) for earlier, later in pairwise(frames))
        said = [one for one in self.device.received if self.id in str(one[1])]
        behind = [
            one[0] for number, one in enumerate(said) if any(e[1] in self._endings() for e in said[:number])
        ]
        assert "message:delta" not in behind
