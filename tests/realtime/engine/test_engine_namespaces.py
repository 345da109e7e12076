"""Joining and leaving: what a connect handler may say, and what is left behind."""

import asyncio
from typing import Any

import pytest
import socketio

from bitworks.realtime.engine import AsyncServer, CloseTransport, Frame
from tests.realtime.engine.engine_peers import Serve, soon, until


class Users(socketio.AsyncNamespace):  # type: ignore[misc]
    """A catch-all namespace whose connect handler does what the test puts in."""

    def __init__(self, answer: Any = None) -> None:
        super().__init__("*")
        self.answer = answer
        self.log: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()

    async def on_connect(self, namespace: str, sid: str, environ: dict[str, Any], auth: Any) -> Any:
        self.log.put_nowait(("connect", namespace, auth))
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def on_disconnect(self, namespace: str, sid: str, reason: str) -> None:
        async with self.server.session(sid, namespace) as session:
            session["left"] = reason
        self.log.put_nowait(("disconnect", namespace, reason))

    async def on_say(self, namespace: str, sid: str, *data: Any) -> None:
        self.log.put_nowait(("say", namespace, *data))


def server_with(users: Users, **options: Any) -> AsyncServer:
    server = AsyncServer(namespaces="*", async_handlers=False, **options)
    server.register_namespace(users)
    return server


def assert_nothing_left(server: AsyncServer) -> None:
    manager = server.manager
    assert server.connections == {}
    for left in (
        server.eio.sockets,
        server._clients,
        server.environ,
        manager.rooms,
        manager.callbacks,
        manager._rooms_of,
        manager._connecting,
        manager._disconnecting,
    ):
        assert not left


async def test_a_dict_from_the_connect_handler_goes_into_the_connect_packet(serve: Serve) -> None:
    users = Users({"pid": "p1"})
    site = await serve(server_with(users))
    peer = await site.opened_websocket()
    joined = await peer.join("/users/a", {"token": "t"})
    assert joined.keys() == {"sid", "pid"}
    assert joined["pid"] == "p1"
    assert await users.log.get() == ("connect", "/users/a", {"token": "t"})


async def test_on_connected_sends_right_behind_the_connect_packet(serve: Serve) -> None:
    server = server_with(Users())
    server.on_connected = lambda sid, namespace: server.connection(sid, namespace).send(
        Frame.event(namespace, "hello")
    )
    site = await serve(server)
    peer = await site.joined_websocket("/users/a")
    assert await peer.next() == '42/users/a,["hello"]'


async def test_a_broadcast_waits_for_no_socket_that_is_still_joining(serve: Serve) -> None:
    users = Users()
    users.gate.clear()
    server = server_with(users)
    site = await serve(server)
    peer = await site.opened_websocket()
    await peer.send("40/users/a,")
    await soon(users.log.get())
    await server.emit("early", namespace="/users/a")
    users.gate.set()
    assert str(await peer.next()).startswith("40/users/a,")
    await server.emit("late", namespace="/users/a")
    assert await peer.next() == '42/users/a,["late"]'


async def test_a_refusal_carries_message_and_data(serve: Serve) -> None:
    refusal = socketio.exceptions.ConnectionRefusedError("no entry", {"code": "unauthorized"})
    server = server_with(Users(refusal))
    site = await serve(server)
    peer = await site.opened_websocket()
    await peer.send("40/users/a,")
    assert await peer.next() == '44/users/a,{"message":"no entry","data":{"code":"unauthorized"}}'
    assert not server.manager.rooms


@pytest.mark.parametrize("trouble", [CloseTransport("draining"), RuntimeError("boom")])
async def test_trouble_in_the_connect_handler_closes_without_a_word(serve: Serve, trouble: Exception) -> None:
    server = server_with(Users(trouble))
    site = await serve(server)
    peer = await site.opened_websocket()
    await peer.send("40/users/a,")
    message = await soon(peer.ws.receive())
    assert message.data == 1001
    await until(lambda: not server.eio.sockets)
    assert_nothing_left(server)


async def test_an_event_handler_may_close_the_transport(serve: Serve) -> None:
    server = AsyncServer()

    @server.event  # type: ignore[untyped-decorator]
    async def leave(sid: str) -> None:
        raise CloseTransport("enough")

    site = await serve(server)
    peer = await site.joined_websocket()
    await peer.send('42["leave"]')
    assert await peer.closed() == 1001


async def test_a_socket_that_dies_while_joining_leaves_no_ghost(serve: Serve) -> None:
    users = Users()
    users.gate.clear()
    server = server_with(users)
    entered: list[str] = []
    server.on_connected = lambda sid, namespace: entered.append(sid)
    site = await serve(server)
    peer = await site.opened_websocket()
    await peer.send("40/users/a,")
    assert (await soon(users.log.get()))[0] == "connect"
    await peer.ws.close()
    await until(lambda: not server.connections)
    users.gate.set()
    assert await soon(users.log.get()) == ("disconnect", "/users/a", "transport close")
    await until(lambda: not server.eio.sockets)
    assert_nothing_left(server)
    assert entered == []


async def test_a_refused_socket_that_died_while_joining_has_no_disconnect(serve: Serve) -> None:
    users = Users(False)
    users.gate.clear()
    server = server_with(users)
    site = await serve(server)
    peer = await site.opened_websocket()
    await peer.send("40/users/a,")
    await soon(users.log.get())
    await peer.ws.close()
    await until(lambda: not server.connections)
    users.gate.set()
    await until(lambda: not server.eio.sockets)
    assert_nothing_left(server)
    assert users.log.empty()


async def test_the_server_disconnects_one_namespace(serve: Serve) -> None:
    users = Users()
    server = server_with(users)
    site = await serve(server)
    peer = await site.opened_websocket()
    sid = (await peer.join("/users/a"))["sid"]
    await peer.join("/users/b")
    await server.disconnect(sid, "/users/a")
    assert await peer.next() == "41/users/a,"
    with pytest.raises(KeyError):
        server.connection(sid, "/users/a")
    assert (await peer.join("/users/a"))["sid"] != sid


async def test_a_client_may_return_while_the_server_still_disconnects_it(serve: Serve) -> None:
    server = AsyncServer(async_handlers=False)
    gate = asyncio.Event()

    @server.event  # type: ignore[untyped-decorator]
    async def disconnect(sid: str, reason: str) -> None:
        await gate.wait()

    site = await serve(server)
    peer = await site.opened_websocket()
    first = (await peer.join())["sid"]
    leaving = asyncio.create_task(server.disconnect(first))
    assert await peer.next() == "41"
    joining = asyncio.create_task(peer.join())
    await until(lambda: next(iter(server.connections.values())).receive_queue._task is not None)
    gate.set()
    assert (await soon(joining))["sid"] != first
    await leaving


async def test_closing_a_connection_tells_the_handler_why_and_the_client_nothing(serve: Serve) -> None:
    users = Users()
    server = server_with(users)
    site = await serve(server)
    peer = await site.opened_websocket()
    connection = server.connection((await peer.join("/users/a"))["sid"], "/users/a")
    connection.send(Frame.event("/users/a", "last"))
    connection.close("drain")
    assert connection.closed
    assert await peer.next() == '42/users/a,["last"]'
    assert await peer.closed() == 1001
    await soon(users.log.get())
    assert await soon(users.log.get()) == ("disconnect", "/users/a", "drain")
    connection.send(Frame.event("/users/a", "later"))
    await connection.drained(0)


async def test_closing_a_polling_connection_answers_its_poll(serve: Serve) -> None:
    server = server_with(Users())
    site = await serve(server)
    peer = await site.polling()
    poll = asyncio.create_task(peer.get())
    connection = server.connections[peer.sid]
    await until(lambda: connection.polling._waiting is not None)
    connection.send(Frame.event("/users/a", "last"))
    connection.close()
    assert await soon(poll) == (200, '42/users/a,["last"]')
    assert (await peer.get())[0] == 400
    assert (await peer.post("3"))[0] == 400


async def test_a_server_that_does_not_accept_answers_503_and_keeps_what_it_has(serve: Serve) -> None:
    server = server_with(Users())
    site = await serve(server)
    peer = await site.joined_websocket("/users/a")
    server.accepting = False
    assert await site.status(EIO="4", transport="polling") == 503
    await server.emit("still", namespace="/users/a")
    assert await peer.next() == '42/users/a,["still"]'


async def test_a_thousand_connections_dropped_at_once_leave_nothing(serve: Serve) -> None:
    users = Users()
    server = server_with(users)
    site = await serve(server)
    peers = []
    for start in range(0, 1000, 100):
        opened = await asyncio.gather(*(site.opened_websocket() for _ in range(100)))
        await asyncio.gather(*(peer.join(f"/users/{start + i}") for i, peer in enumerate(opened)))
        peers += opened
    assert len(server.connections) == 1000
    for peer in peers:
        assert peer.ws._response.connection is not None
        peer.ws._response.connection.transport.abort()  # type: ignore[union-attr]
    await until(lambda: not server.eio.sockets)
    assert_nothing_left(server)
    assert sum(users.log.get_nowait()[0] == "disconnect" for _ in range(users.log.qsize())) == 1000


async def test_a_stranger_is_not_parsed_at_length(serve: Serve) -> None:
    site = await serve(AsyncServer(namespaces=["/"], max_http_buffer_size=8 << 20))
    peer = await site.opened_websocket()
    await peer.send('40{"token":"' + "x" * 100_000 + '"}')
    await peer.closed()


async def test_the_reason_of_closing_is_in_the_close_frame(serve: Serve) -> None:
    server = AsyncServer(namespaces=["/"])
    site = await serve(server)
    peer = await site.joined_websocket()
    next(iter(server.connections.values())).close("é" * 100)
    message = await soon(peer.ws.receive())
    assert (message.data, message.extra) == (1001, "é" * 61)
