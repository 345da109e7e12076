"""A model that answers some questions at once, and takes its time for all others."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import orjson
from aiohttp import web

from bench.faults.cluster import Machines

QUICK = "Quickly: "
"""how a question begins that is answered at once"""
ANSWER = b'data: {"choices": [{"index": 0, "delta": {"content": "Yes."}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'


@asynccontextmanager
async def slow_model(on: Machines) -> AsyncIterator[Mapping[str, str]]:
    """Runs it for as long as the block does. Gives the settings of an instance that asks it."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/chat/completions", _complete)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield {"REPLY_BASE_URL": f"http://{host}:{port}/v1", "REPLY_MODEL": "slow"}
    finally:
        await runner.cleanup()


async def _complete(request: web.Request) -> web.StreamResponse:
    asked = orjson.loads(await request.read())
    if not asked["messages"][-1]["content"].startswith(QUICK):
        await asyncio.Event().wait()
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await answer.prepare(request)
    await answer.write(ANSWER)
    return answer
