"""Real instances, in this process, each on a port of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bitworks.hosting.app import App, Tuning, open_app
from bitworks.hosting.settings import Settings
from bitworks.hosting.site import open_runner
from bitworks.realtime.forwarding import Placement
from bitworks.realtime.forwarding.session_ids import Owner

SECRET = "a secret of the tests, of at least 32 bytes"


@dataclass(frozen=True, slots=True)
class Instance:
    """A running server. `url` has no slash at its end; `app` is what it was composed of."""

    url: str
    app: App


@asynccontextmanager
async def running(
    database_url: str, *, redis_url: str | None = None, tuning: Tuning | None = None, **settings: object
) -> AsyncIterator[Instance]:
    """Serves on a migrated database until the block ends. `settings` are those of the environment; `tuning` has
    the clock, the times and limits, and the kinds and operations beside those of the product.
    """
    chosen = Settings(
        **{  # type: ignore[arg-type]  # what is given is validated by the model
            "database_url": database_url,
            "redis_url": redis_url,
            "secret_key": SECRET,
            "bcrypt_rounds": 4,
            "rate_limits": "off",
            "database_connections": 5,
            **settings,
        }
    )
    async with open_app(chosen, database_url, SECRET, tuning) as app:
        placement = Placement(SECRET, Owner("tests", 0))
        runner = open_runner(app, placement, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            yield Instance(f"http://127.0.0.1:{runner.addresses[0][1]}", app)
        finally:
            await runner.cleanup()
