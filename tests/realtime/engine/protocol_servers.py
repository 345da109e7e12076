"""The two servers that the official protocol suites ask for."""

from typing import Any

from bitworks.realtime.engine import AsyncServer
from bitworks.realtime.engine.handshake import EngineServer

HEARTBEAT = {"ping_interval": 0.3, "ping_timeout": 0.2}


def echo_server() -> EngineServer:
    """An Engine.IO server that sends every message back."""
    server = EngineServer(**HEARTBEAT)

    async def back(sid: str, data: str | bytes) -> None:
        await server.send(sid, data)

    server.on("message", back)
    return server


def chat_server(connect_timeout: float = 1.4) -> AsyncServer:
    """A Socket.IO server with two namespaces that greets, and sends messages and acknowledgements back."""
    server = AsyncServer(namespaces=["/", "/custom"], connect_timeout=connect_timeout, **HEARTBEAT)
    for namespace in ("/", "/custom"):
        _register(server, namespace)
    return server


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
