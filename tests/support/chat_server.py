"""A real HTTP server that speaks Chat Completions, and misbehaves as it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]
Script = Callable[["Talk"], Awaitable[None]]
Thought = Callable[[], Awaitable[int]]
WORDS = ["Hola", ", ", "¿qué", " tal", "? ", "😀", "\n", "Fin."]


@dataclass(slots=True)
class Talk:
    """One request under way: what was asked, and the ways to answer."""

    request: web.Request
    asked: Json
    response: web.StreamResponse = field(default_factory=web.StreamResponse)

    async def begin(self, status: int = 200, content_type: str = "text/event-stream") -> None:
        self.response.set_status(status)
        self.response.content_type = content_type
        await self.response.prepare(self.request)

    async def say(self, text: str) -> None:
        await self.event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})

    async def event(self, data: Json) -> None:
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 0, "model": "tiny-1", **data}
        await self.raw(f"data: {json.dumps(chunk)}\n\n")

    async def raw(self, text: str) -> None:
        await self.response.write(text.encode())

    async def end(self, reason: str = "stop") -> None:
        """The finish reason, the usage and the end of the stream."""
        await self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        usage = {"prompt_tokens": 7, "completion_tokens": 8, "total_tokens": 15}
        await self.event({"choices": [], "usage": usage})
        await self.raw("data: [DONE]\n\n")
        await self.response.write_eof()

    def cut(self) -> None:
        """The connection dies, in the middle of whatever it was."""
        assert self.request.transport is not None
        self.request.transport.abort()


@dataclass(slots=True)
class ChatServer:
    """`scripts` are used one for each request, the last for all that follow.

    Titles and summaries are given at once, but for the first ones where there are `thoughts`: they take
    their time, and give a status. `peers` are the connections over which anything was asked.
    """

    scripts: list[Script]
    url: str = ""
    asked: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    models: list[str] = field(default_factory=lambda: ["tiny-1", "big-2"])
    titles: list[Json] = field(default_factory=list)
    title: str = "Una charla en español"
    thoughts: list[Thought] = field(default_factory=list)
    peers: set[object] = field(default_factory=set)

    async def completions(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        self.headers.append(dict(request.headers))
        assert request.transport is not None
        self.peers.add(request.transport.get_extra_info("peername"))
        if not asked.get("stream"):
            self.titles.append(asked)
            status = await self.thoughts.pop(0)() if self.thoughts else 200
            if status != 200:
                return web.json_response({"error": {"message": "no"}}, status=status)
            message = {"role": "assistant", "content": self.title}
            return web.json_response(
                {"id": "c", "model": "tiny-1", "choices": [{"index": 0, "message": message}]}
            )
        self.asked.append(asked)
        talk = Talk(request, asked)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        await script(talk)
        return talk.response

    async def list_models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": name} for name in self.models]})


@asynccontextmanager
async def chat_server(*scripts: Script) -> AsyncIterator[ChatServer]:
    """Serves until the block ends. Its `url` is what REPLY_BASE_URL takes."""
    server = ChatServer(list(scripts) or [streams()])
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.completions)
    app.router.add_get("/v1/models", server.list_models)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


def streams(words: list[str] | None = None, *, pause: float = 0.0, reason: str = "stop") -> Script:
    """Says these words, and ends well."""

    async def script(talk: Talk) -> None:
        await talk.begin()
        for word in WORDS if words is None else words:
            await talk.say(word)
            await asyncio.sleep(pause)
        await talk.end(reason)

    return script


def dies(after: list[str]) -> Script:
    """Says these words, and its connection dies."""

    async def script(talk: Talk) -> None:
        await talk.begin()
        for word in after:
            await talk.say(word)
        talk.cut()

    return script


def closes(after: list[str]) -> Script:
    """Says these words and closes politely, without an end."""

    async def script(talk: Talk) -> None:
        await talk.begin()
        for word in after:
            await talk.say(word)
        await talk.response.write_eof()

    return script


def stalls(after: list[str], until: asyncio.Event | None = None) -> Script:
    """Says these words, then nothing, with its connection open; goes on and ends well if `until` comes."""

    async def script(talk: Talk) -> None:
        await talk.begin()
        for word in after:
            await talk.say(word)
        await (until or asyncio.Event()).wait()
        await talk.say(" at last")
        await talk.end()

    return script


def fails(status: int, body: object = None, **headers: str) -> Script:
    """Answers with an error."""

    async def script(talk: Talk) -> None:
        talk.response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        await talk.begin(status, "application/json")
        await talk.raw(json.dumps(body if body is not None else {"error": {"message": "no"}}))
        await talk.response.write_eof()

    return script


def refuses(status: int) -> Thought:
    """No title or summary, but this status."""

    async def thought() -> int:
        return status

    return thought


def thinks(begun: asyncio.Event, until: asyncio.Event) -> Thought:
    """Says when it is asked, and answers well when it is told to."""

    async def thought() -> int:
        begun.set()
        await until.wait()
        return 200

    return thought


def sends(*raw: str, content_type: str = "text/event-stream") -> Script:
    """Sends these bytes, whatever they are, and closes."""

    async def script(talk: Talk) -> None:
        await talk.begin(200, content_type)
        for part in raw:
            await talk.raw(part)
        await talk.response.write_eof()

    return script
