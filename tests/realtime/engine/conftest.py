from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bitworks.realtime.engine import AsyncServer
from bitworks.realtime.engine.handshake import EngineServer
from tests.realtime.engine.engine_peers import PATIENCE, Serve, Site
from tests.realtime.engine.protocol_servers import chat_server, echo_server


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
    return await serve(echo_server())


@pytest.fixture(params=["engine.io", "socket.io"])
async def either(serve: Serve, request: pytest.FixtureRequest) -> Site:
    """An Engine.IO server, once by itself and once below Socket.IO: the suites of both ask for the same."""
    return await serve(
        echo_server() if request.param == "engine.io" else chat_server(connect_timeout=PATIENCE)
    )


@pytest.fixture
async def chat(serve: Serve) -> Site:
    """The Socket.IO server that the protocol's own test-suite asks for."""
    return await serve(chat_server())
