"""What comes before what, on both sides of the wire."""

import asyncio
import json
from typing import Any

from bitworks.realtime.engine import AsyncServer, Frame
from bitworks.realtime.engine.receive_queue import RECEIVE_QUEUE_LIMIT
from tests.realtime.engine.engine_peers import Serve, Site, soon, until


class Slow:
    """A server whose handler `work` runs one step each time the test says so."""

    def __init__(self, **options: Any) -> None:
        self.server = AsyncServer(async_handlers=False, **options)
        self.begun: asyncio.Queue[Any] = asyncio.Queue()
        self.steps = asyncio.Semaphore(0)
        self.server.on("work", self.work)

    async def work(self, sid: str, data: Any) -> Any:
        self.begun.put_nowait(data)
        await self.steps.acquire()
        return data


async def test_events_of_one_connection_are_handled_one_after_the_other(serve: Serve) -> None:
    slow = Slow()
    peer = await (await serve(slow.server)).joined_websocket()
    await peer.send(*(f'42{n}["work",{n}]' for n in range(5)))
    for n in range(5):
        assert await soon(slow.begun.get()) == n
        assert slow.begun.empty()
        slow.steps.release()
        assert await peer.next() == f"43{n}[{n}]"


async def test_events_of_one_post_are_handled_in_order(serve: Serve) -> None:
    slow = Slow()
    peer = await (await serve(slow.server)).polling()
    for _ in range(50):
        slow.steps.release()
    packets = ["40", *(f'42{n}["work",{n}]' for n in range(50))]
    assert await peer.post("\x1e".join(packets)) == (200, "ok")
    received: list[str] = []
    while len(received) < 51:
        received += await peer.next()
    assert received[1:] == [f"43{n}[{n}]" for n in range(50)]


async def test_the_heartbeat_goes_on_during_a_long_handler(serve: Serve) -> None:
    slow = Slow(ping_interval=0.05, ping_timeout=0.05)
    peer = await (await serve(slow.server)).joined_websocket()
    peer.heartbeat = False
    await peer.send('421["work",1]', '422["work",2]')
    for _ in range(6):
        assert await peer.next() == "2"
        await peer.send("3")
    slow.steps.release()
    slow.steps.release()
    answers: list[str | bytes] = []
    while len(answers) < 2:
        packet = await peer.next()
        if packet == "2":
            await peer.send("3")
        else:
            answers.append(packet)
    assert answers == ["431[1]", "432[2]"]


async def test_a_full_receive_queue_is_not_read_from_and_the_client_is_not_given_up(serve: Serve) -> None:
    slow = Slow(ping_interval=0.05, ping_timeout=0.05)
    peer = await (await serve(slow.server)).joined_websocket()
    connection = next(iter(slow.server.connections.values()))
    await peer.send(*(f'42["work",{n}]' for n in range(RECEIVE_QUEUE_LIMIT + 100)))
    await until(lambda: connection.receive_queue.full)
    peer.heartbeat = False
    for _ in range(3):
        assert await peer.next() == "2"
    assert len(connection.receive_queue._items) == RECEIVE_QUEUE_LIMIT
    for _ in range(RECEIVE_QUEUE_LIMIT + 100):
        slow.steps.release()
    for n in range(RECEIVE_QUEUE_LIMIT + 100):
        assert await soon(slow.begun.get()) == n


async def test_a_post_waits_for_room(serve: Serve) -> None:
    slow = Slow()
    peer = await (await serve(slow.server)).polling()
    await peer.post("40")
    post = asyncio.create_task(
        peer.post("\x1e".join(f'42["work",{n}]' for n in range(RECEIVE_QUEUE_LIMIT + 10)))
    )
    await soon(slow.begun.get())
    assert not post.done()
    for _ in range(RECEIVE_QUEUE_LIMIT + 10):
        slow.steps.release()
    assert await soon(post) == (200, "ok")


async def test_events_that_have_not_begun_are_dropped_when_the_transport_closes(serve: Serve) -> None:
    slow = Slow()
    reasons: asyncio.Queue[str] = asyncio.Queue()
    slow.server.on("disconnect", lambda sid, reason: reasons.put_nowait(reason))
    peer = await (await serve(slow.server)).joined_websocket()
    await peer.send('42["work",1]', '42["work",2]')
    assert await soon(slow.begun.get()) == 1
    await peer.ws.close()
    assert await soon(reasons.get()) == "transport close"
    slow.steps.release()
    slow.steps.release()
    await until(lambda: not slow.server._clients)
    assert slow.begun.empty()


async def test_a_goodbye_before_the_close_is_the_reason(serve: Serve) -> None:
    slow = Slow()
    reasons: asyncio.Queue[str] = asyncio.Queue()
    slow.server.on("disconnect", lambda sid, reason: reasons.put_nowait(reason))
    peer = await (await serve(slow.server)).joined_websocket()
    await peer.send('42["work",1]', "41")
    await peer.ws.close()
    assert await soon(reasons.get()) == "client disconnect"


async def test_a_handler_that_raises_stops_nothing(serve: Serve) -> None:
    server = AsyncServer(async_handlers=False)

    def fail(sid: str) -> None:
        raise RuntimeError("boom")

    server.on("fail", fail)
    server.on("work", lambda sid, data: data)
    peer = await (await serve(server)).joined_websocket()
    await peer.send('421["fail"]', '422["work",2]')
    assert await peer.next() == "432[2]"


async def test_frames_keep_their_order_across_an_upgrade(serve: Serve) -> None:
    server = AsyncServer()
    site: Site = await serve(server)
    peer = await site.polling()
    await peer.post("40")
    assert str((await peer.next())[0]).startswith("40")
    connection = server.connections[peer.sid]
    received: list[Any] = []
    for n in range(10):
        connection.send(Frame.event("/", "n", n))
    received += await peer.next()
    for n in range(10, 20):
        connection.send(Frame.event("/", "n", n))
    socket = await peer.probe()
    received += await peer.next()
    for n in range(20, 30):
        connection.send(Frame.event("/", "n", n))
    await socket.send("5")
    await until(lambda: connection.transport == "websocket")
    for n in range(30, 40):
        connection.send(Frame.event("/", "n", n))
    while len(received) < 40:
        received.append(await socket.next())
    assert received == [f'42["n",{n}]' for n in range(40)]


async def test_one_broadcast_reaches_both_transports(serve: Serve) -> None:
    server = AsyncServer()
    site = await serve(server)
    socket = await site.joined_websocket()
    poller = await site.polling()
    await poller.post("40")
    await poller.next()
    await server.emit("mixed", {"a": b"\x01\x02", "ñ": "ü"})
    frame = Frame.encoded('2["ready","é"]')
    for connection in server.connections.values():
        connection.send(frame)
    text = '451-["mixed",{"a":{"_placeholder":true,"num":0},"\\u00f1":"\\u00fc"}]'
    assert [await socket.next() for _ in range(3)] == [text, b"\x01\x02", '42["ready","é"]']
    received: list[str] = []
    while len(received) < 3:
        received += await poller.next()
    assert received == [text, "bAQI=", '42["ready","é"]']


async def test_the_json_of_one_server_is_not_that_of_another(serve: Serve) -> None:
    class Shouting:
        loads = staticmethod(json.loads)

        @staticmethod
        def dumps(value: object, **options: object) -> str:
            return json.dumps(value).upper()

    shouting, plain = AsyncServer(json=Shouting), AsyncServer()
    for server, said in ((shouting, '42["HI"]'), (plain, '42["hi"]')):
        peer = await (await serve(server)).joined_websocket()
        await server.emit("hi")
        assert await peer.next() == said
