"""`python -m bench.peers.stock_python`: python-socketio with its Redis manager and asyncpg, on aiohttp."""

import os
from types import SimpleNamespace
from typing import Any

import jwt
import orjson
import socketio
import uvloop
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as Refused

from bench.peers.durable import NotOwned, create_message, open_pool


def application() -> web.Application:
    """A room for each user; transports do not compress, as no client of the bench asks for it."""
    manager = socketio.AsyncRedisManager(os.environ["REDIS_URL"])
    server = socketio.AsyncServer(
        async_mode="aiohttp", client_manager=manager, json=_fastest_json(), cors_allowed_origins=None
    )
    app = web.Application()
    server.attach(app)
    app.router.add_get("/readyz", _ready)
    app.router.add_get("/healthz", _ready)
    _handle(server, app)
    app.cleanup_ctx.append(_database)
    return app


async def _ready(request: web.Request) -> web.Response:
    return web.Response(text="ready")


def _fastest_json() -> Any:
    return SimpleNamespace(dumps=lambda value, **_: orjson.dumps(value).decode(), loads=orjson.loads)


async def _database(app: web.Application) -> Any:
    app["pool"] = await open_pool(os.environ["DATABASE_URL"])
    yield
    await app["pool"].close()


def _handle(server: socketio.AsyncServer, app: web.Application) -> None:
    users: dict[str, str] = {}

    @server.event
    async def connect(sid: str, environ: dict[str, Any], auth: dict[str, str]) -> None:
        try:
            claims = jwt.decode(auth["token"], os.environ["SECRET_KEY"], algorithms=["HS256"])
        except (jwt.InvalidTokenError, KeyError, TypeError):
            raise Refused("unauthorized") from None
        users[sid] = claims["sub"]
        await server.enter_room(sid, claims["sub"])

    @server.event
    async def disconnect(sid: str, reason: str) -> None:
        users.pop(sid, None)

    @server.on("message:create")
    async def create(sid: str, wanted: dict[str, str]) -> dict[str, object]:
        user_id = users[sid]
        try:
            message = await create_message(app["pool"], user_id, wanted)
        except NotOwned:
            return {"ok": False, "error": {"code": "not_found"}}
        await server.emit("message:created", message, room=user_id)
        return {"ok": True, "data": message, "revision": message["revision"]}

    @server.on("message:append")
    async def append(sid: str, wanted: dict[str, str]) -> None:
        data = {"message_id": wanted["id"], "text": wanted["text"]}
        await server.emit("message:delta", data, room=users[sid])

    @server.on("typing")
    async def typing(sid: str, wanted: dict[str, str]) -> None:
        data = {"conversation_id": wanted["conversation_id"]}
        await server.emit("typing", data, room=users[sid], skip_sid=sid)


if __name__ == "__main__":
    web.run_app(
        application(), host="127.0.0.1", port=int(os.environ["PORT"]), loop=uvloop.new_event_loop(),
        access_log=None, print=None, backlog=4096,
    )  # fmt: skip
