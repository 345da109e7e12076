"""Connection state recovery, as the stock JavaScript client does it: it sends back `pid` and `offset`."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.support.people import Person


class Wire:
    """A bare websocket that speaks just enough of the protocol to see every packet."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def next(self) -> str:
        while True:
            text = await self._socket.receive_str(timeout=10)
            if text != "2":
                return text
            await self._socket.send_str("3")

    async def connected(self, person: Person, auth: dict[str, Any]) -> dict[str, Any]:
        await self.next()
        await self._socket.send_str(f"40{person.namespace}," + json.dumps({"token": person.token, **auth}))
        answer: dict[str, Any] = json.loads((await self.next()).partition(",")[2])
        return answer

    async def event(self) -> list[Any]:
        event: list[Any] = json.loads((await self.next()).partition(",")[2])
        return event


@asynccontextmanager
async def wire(person: Person) -> AsyncIterator[Wire]:
    url = f"{person.instance.url}/socket.io/?EIO=4&transport=websocket"
    async with person.http.ws_connect(url) as socket:
        yield Wire(socket)


async def test_with_pid_and_offset_the_same_pid_comes_back_and_the_offset_decides(person: Person) -> None:
    async with wire(person) as first:
        pid = (await first.connected(person, {"since": "0"}))["pid"]
        offset = (await first.event())[-1]
    conversation = await person.conversation()
    for _ in range(3):
        # A static `since` is sent again at each reconnect; it must not bring back what was seen.
        async with wire(person) as again:
            answer = await again.connected(person, {"since": "0", "pid": pid, "offset": offset})
            assert answer["pid"] == pid
            assert (await again.event())[:2] == ["conversation:created", conversation]
            assert (await again.event())[0] == "synced"


async def test_with_a_pid_alone_it_goes_on_from_where_the_connection_began(person: Person) -> None:
    async with wire(person) as first:
        pid = (await first.connected(person, {}))["pid"]
    conversation = await person.conversation()
    async with wire(person) as again:
        answer = await again.connected(person, {"pid": pid})
        assert answer["pid"] == pid
        assert (await again.event())[:2] == ["conversation:created", conversation]


async def test_where_a_reset_is_due_the_pid_is_a_new_one(person: Person) -> None:
    async with wire(person) as first:
        pid = (await first.connected(person, {}))["pid"]
    async with wire(person) as again:
        answer = await again.connected(person, {"pid": pid, "offset": "0123456789ab.5"})
        assert answer["pid"] != pid
        assert (await again.event())[0] == "sync:reset"


async def test_a_pid_that_is_not_ours_gives_nothing_and_harms_nothing(person: Person) -> None:
    async with wire(person) as socket:
        answer = await socket.connected(person, {"pid": "somebody else's"})
        assert answer["pid"] != "somebody else's"
        assert (await socket.event())[0] == "synced"


async def test_no_unrevisioned_event_ends_with_a_string(person: Person) -> None:
    async with wire(person) as first, person.device() as other:
        await first.connected(person, {})
        await first.event()
        conversation = await person.conversation()
        await first.event()
        await other.client.emit("typing", {"conversation_id": conversation["id"]}, namespace=person.namespace)
        assert await first.event() == ["typing", {"conversation_id": conversation["id"]}]
