"""A device that does not read costs a bounded number of bytes, and slows nobody."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
import pytest

from bitworks.realtime.socket import events
from tests.realtime.engine.engine_peers import POLLING
from tests.support.instances import Instance
from tests.support.people import PATIENCE, Json, Person
from tests.support.streaming import Screen, start_writing

MESSAGES, CONTENT = 200, "x" * 100_000


async def test_a_device_that_stops_reading_is_dropped_from_the_live_feed_and_catches_up_when_it_reads(
    person: Person, instance: Instance
) -> None:
    conversation = await person.conversation()
    slow = await a_socket_that_does_not_read(person)
    async with person.device() as quick:
        for _ in range(MESSAGES):
            body = {"conversation_id": conversation["id"], "role": "user", "content": CONTENT}
            assert (await quick.call("message:create", body))["ok"]
        await quick.until_revision(MESSAGES + 1)
        # 20 MB were sent to the one that reads; the kernel's buffers apart, the other holds far less.
        await slow.resume()
        assert await slow.revisions_until_synced() == list(range(2, MESSAGES + 2))


async def test_a_device_that_stops_reading_is_sent_an_open_message_whole_before_it_is_synced_again(
    person: Person,
) -> None:
    writer = await start_writing(person)
    part = "word " * 20_000
    slow = await a_socket_that_does_not_read(person)
    async with person.device(since="0") as quick:
        for n in range(9):
            await writer.append(part)
            await quick.until(lambda _, n=n: len(Screen(quick, writer.id).text) == (n + 1) * len(part))
        conversation = await person.conversation()
        for _ in range(MESSAGES):
            body = {"conversation_id": conversation["id"], "role": "user", "content": CONTENT}
            assert (await quick.call("message:create", body))["ok"]
        await writer.append("the end")
        await Screen(quick, writer.id).until(part * 9 + "the end")
        await slow.resume()
        heard = await slow.until_synced(times=2)
        again = heard[[event for event, _ in heard].index("synced") + 1 :]
        last = [data for event, data in again if event == "message:delta"][-1]
        assert last == {"message_id": writer.id, "offset": 0, "text": part * 9 + "the end"}


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_user_with_much_unread_is_read_nothing_large_until_it_is_read(
    person: Person, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    monkeypatch.setattr(events, "UNREAD_OF_USER", 1024 * 1024)
    conversation = await person.conversation()
    for _ in range(7):
        await person.message(conversation, "x" * 1_000_000)
    ask = {"conversation_id": conversation["id"], "max_tokens": 10_000_000}
    packet = f"42{person.namespace},1" + json.dumps(["context:window", ask])
    small = {"conversation_id": (await person.conversation())["id"]}
    async with AsyncExitStack() as stack, person.device() as device:
        if transport == "websocket":
            slow = await a_socket_that_does_not_read(person)
            await slow.websocket.send_str(packet)
        else:
            unread = await stack.enter_async_context(a_poll_that_is_not_read(person, packet))
        async with asyncio.timeout(PATIENCE):
            while (answer := await device.call("message:list", small))["ok"]:
                pass
        refused = answer["error"]
        assert (refused["code"], refused["retryable"], refused["retry_after"]) == ("rate_limited", True, 5)
        assert "MiB to read" in refused["detail"]
        assert (await device.call("conversation:create"))["ok"]
        if transport == "websocket":
            await slow.resume()
            await slow.next_of(f"43{person.namespace},1")
        else:
            while await asyncio.wait_for(asyncio.get_running_loop().sock_recv(unread, 1 << 20), PATIENCE):
                pass
        async with asyncio.timeout(PATIENCE):
            while not (await device.call("message:list", small))["ok"]:
                pass


@asynccontextmanager
async def a_poll_that_is_not_read(person: Person, packet: str) -> AsyncIterator[socket.socket]:
    """A connection on which a polling device that has sent this packet asks for the answer."""
    url = f"{person.instance.url}/socket.io/"
    loop = asyncio.get_running_loop()
    async with person.http.get(url, params=POLLING) as response:
        query = {**POLLING, "sid": json.loads((await response.text())[1:])["sid"]}
    for sent in (f"40{person.namespace},{json.dumps({'token': person.token})}", packet):
        async with person.http.post(url, params=query, data=sent) as response:
            assert response.status == 200
        while sent != packet:
            async with person.http.get(url, params=query) as response:
                if '"synced"' in await response.text():
                    break
    parts = urlsplit(url)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        slow.setblocking(False)
        await loop.sock_connect(slow, (parts.hostname, parts.port))
        target = "&".join(f"{key}={value}" for key, value in query.items())
        head = f"GET {parts.path}?{target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        await loop.sock_sendall(slow, head.encode())
        yield slow


class SlowSocket:
    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self.websocket = websocket

    async def resume(self) -> None:
        self.websocket._reader._protocol.resume_reading()

    async def next_of(self, prefix: str) -> str:
        """The next packet that begins with this."""
        while not (text := await self.websocket.receive_str(timeout=PATIENCE)).startswith(prefix):
            pass
        return text

    async def revisions_until_synced(self) -> list[int]:
        heard = await self.until_synced(times=2)
        return [data["revision"] for event, data in heard if event != "synced"]

    async def until_synced(self, *, times: int) -> list[tuple[str, Json]]:
        """Every event up to the last of so many `synced`."""
        heard: list[tuple[str, Json]] = []
        while [event for event, _ in heard].count("synced") < times:
            text = await self.websocket.receive_str(timeout=PATIENCE)
            if text == "2":
                await self.websocket.send_str("3")
                continue
            event, data, *_ = json.loads(text.partition(",")[2])
            heard.append((event, data))
        await self.websocket.close()
        return heard


async def a_socket_that_does_not_read(person: Person) -> SlowSocket:
    url = f"{person.instance.url}/socket.io/?EIO=4&transport=websocket"
    websocket = await person.http.ws_connect(url, max_msg_size=0)
    await websocket.receive_str()
    await websocket.send_str(f"40{person.namespace}," + json.dumps({"token": person.token}))
    await websocket.receive_str()
    transport = websocket.get_extra_info("socket")
    transport.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    assert websocket._reader is not None
    websocket._reader._protocol.pause_reading()
    await asyncio.sleep(0)
    return SlowSocket(websocket)
