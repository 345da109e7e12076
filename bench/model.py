"""A model that answers at once: `python -m bench.model`. Prints its port, and serves until its input ends.

Its first word is how long it took itself, in microseconds, from the request that it read to the word that it wrote:
that is no part of what is measured. It then holds the answer open, so that the word is seen by itself.
"""

import asyncio
import json
import sys
import time

from aiohttp import web

HELD = 0.1  # seconds from the first word to the end


async def complete(request: web.Request) -> web.StreamResponse:
    began = time.monotonic()
    await request.read()
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(_event(f"{(time.monotonic() - began) * 1e6:.0f} "))
    await asyncio.sleep(HELD)
    await response.write(_event("", "stop") + b"data: [DONE]\n\n")
    await response.write_eof()
    return response


def _event(text: str, reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    return f"data: {json.dumps({'model': 'bench', 'choices': [choice]})}\n\n".encode()


async def main() -> None:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
