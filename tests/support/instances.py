"""Real instances, in this process, each on a port of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from bitworks.hosting.app import build_app, now, open_services
from bitworks.hosting.settings import Settings
from bitworks.realtime.forwarding import Placement
from bitworks.realtime.forwarding.session_ids import Owner
from bitworks.services import Services

SECRET = "a secret of the tests, of at least 32 bytes"


@dataclass(frozen=True, slots=True)
class Instance:
    """A running server. `url` has no slash at its end."""

    url: str
    services: Services


@asynccontextmanager
async def running(
    database_url: str, *, redis_url: str | None = None, now: Callable[[], datetime] = now, **settings: object
) -> AsyncIterator[Instance]:
    """Serves on a migrated database until the block ends. `settings` are those of the environment."""
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
    async with open_services(chosen, database_url, SECRET) as opened:
        services = replace(opened, now=now)
        placement = Placement(SECRET, Owner("tests", 0))
        runner = web.AppRunner(build_app(services, chosen, placement), shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            yield Instance(f"http://127.0.0.1:{runner.addresses[0][1]}", services)
        finally:
            await runner.cleanup()
