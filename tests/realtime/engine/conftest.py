from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bitworks.realtime.engine import AsyncServer
from bitworks.realtime.engine.handshake import EngineServer
from tests.realtime.engine.engine_peers import Serve, Site


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server on a free port; all are stopped when the test is over."""
    running: list[TestServer] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def start(server: AsyncServer | EngineServer) -> Site:
            app = web.Application()
            server.attach(app)
            runner = TestServer(app)
            running.append(runner)
            await runner.start_server()
            path = "engine.io" if isinstance(server, EngineServer) else "socket.io"
            return Site(server, str(runner.make_url(f"/{path}/")), http)

        yield start
        await http.close()
        for runner in running:
            await runner.close()


@pytest.fixture
async def echo(serve: Serve) -> Site:
    """An Engine.IO server that sends every message back, with a quick heartbeat."""
    server = EngineServer(ping_interval=0.3, ping_timeout=0.2)

    async def back(sid: str, data: str | bytes) -> None:
        await server.send(sid, data)

    server.on("message", back)
    return await serve(server)


@pytest.fixture
async def chat(serve: Serve) -> Site:
    """The Socket.IO server that the protocol's own test-suite asks for."""
    server = AsyncServer(
        namespaces=["/", "/custom"], ping_interval=0.3, ping_timeout=0.2, connect_timeout=0.25
    )
    for namespace in ("/", "/custom"):
        _register(server, namespace)
    return await serve(server)


def _register(server: AsyncServer, namespace: str) -> None:
    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
        await server.emit("auth", auth or {}, to=sid, namespace=namespace)

    async def message(sid: str, *data: Any) -> None:
        await server.emit("message-back", data, to=sid, namespace=namespace)

    async def message_with_ack(sid: str, *data: Any) -> Any:
        return data

    server.on("connect", connect, namespace=namespace)
    server.on("message", message, namespace=namespace)
    server.on("message-with-ack", message_with_ack, namespace=namespace)
