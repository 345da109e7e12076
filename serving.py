"""Serves the application on its port until a signal says stop."""

import asyncio
import signal

import structlog
from aiohttp import web

from app import build_app, open_services
from settings import Settings

log = structlog.get_logger(__name__)

# A storm of reconnects must find room to wait: with 128, SYNs are dropped and retried after seconds.
BACKLOG = 4096
# How long requests under way may take to finish once a stop was asked for, in seconds.
FINISH_WITHIN = 5.0


async def serve(settings: Settings, database_url: str, secret: str) -> None:
    """Runs until SIGINT or SIGTERM, then finishes what is under way."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_services(settings, database_url, secret) as services:
        runner = web.AppRunner(build_app(services, settings), access_log=None, shutdown_timeout=FINISH_WITHIN)
        await runner.setup()
        try:
            site = web.TCPSite(runner, settings.address, settings.port, backlog=BACKLOG)
            await site.start()
            port = runner.addresses[0][1]
            host = "localhost" if settings.address in ("127.0.0.1", "0.0.0.0") else settings.address  # noqa: S104
            log.info("serving", url=f"http://{host}:{port}")
            await stop.wait()
            log.info("stopping")
        finally:
            await runner.cleanup()
