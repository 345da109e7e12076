"""Runs the official suites of Engine.IO v4 and Socket.IO v5 against `bitworks.realtime.engine`.

    git clone --depth 1 https://github.com/socketio/socket.io
    for suite in socket.io/docs/*/v[45]-test-suite; do npm ci --prefix $suite; done
    python -m tools.protocol_suites socket.io/docs/*/v[45]-test-suite

Each argument is the folder of a suite with its dependencies. They are not a part of `make test`, which needs no
network: `tests/realtime/engine` has their cases written anew. Run from the root of the checkout.
"""

import argparse
import asyncio
import sys
from pathlib import Path

import uvloop
from aiohttp import web

from tests.realtime.engine.protocol_servers import chat_server, echo_server

PORT = 3000  # of the suites' own choice


async def run(suites: list[Path], times: int) -> bool:
    """Runs these suites so many times. Returns whether every case passed."""
    app = web.Application()
    echo_server().attach(app)
    chat_server().attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "localhost", PORT).start()
        return all([await _passes(suite) for _ in range(times) for suite in suites])
    finally:
        await runner.cleanup()


async def _passes(suite: Path) -> bool:
    print(f"# {suite}", flush=True)
    mocha = await asyncio.create_subprocess_exec("npx", "--no-install", "mocha", "test-suite.js", cwd=suite)
    return await mocha.wait() == 0


def main() -> None:
    """Exits with 0 if every case passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("suites", nargs="+", type=Path, help="folders that have a test-suite.js")
    parser.add_argument("--times", type=int, default=1, help="how often each is run")
    parser.add_argument("--asyncio", action="store_true", help="on asyncio's loop, in place of uvloop")
    given = parser.parse_args()
    factory = None if given.asyncio else uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        sys.exit(not runner.run(run(given.suites, given.times)))


if __name__ == "__main__":
    main()
