"""Serves with several workers, and as one of them."""

import asyncio
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory

import structlog

from bitworks.hosting.serving import host_name, listen, log_serving, serve
from bitworks.hosting.settings import Settings
from bitworks.hosting.workers.assignment import Assignment, Parent
from bitworks.hosting.workers.supervisor import Supervisor

log = structlog.get_logger(__name__)


async def serve_with_workers(
    settings: Settings, database_url: str, redis_url: str, secret: str, stop: asyncio.Event
) -> None:
    """The parent: runs until `stop`.

    It holds the listening sockets, so that no connection is lost with a worker, and a folder that nobody else
    may enter (`TemporaryDirectory` makes it so) with the workers' own.
    """
    listeners = listen(settings)
    with TemporaryDirectory(prefix="bitworks-") as directory:
        assignment = Assignment(
            number=0,
            host=host_name(settings),
            directory=str(Path(directory)),
            database_url=database_url,
            redis_url=redis_url,
            secret=secret,
            listeners=tuple(listener.fileno() for listener in listeners),
        )
        supervisor = Supervisor(assignment, settings.web_concurrency, stop)
        await supervisor.run(lambda: log_serving(settings, listeners))
        log.info("stopped")


async def serve_as_worker(
    settings: Settings, assignment: Assignment, parent: Parent, stop: asyncio.Event
) -> None:
    """A worker: runs until `stop`, or until its parent is gone."""
    parent.stop_when_gone(stop)
    await serve(
        settings.model_copy(update={"redis_url": assignment.redis_url}),
        assignment.database_url,
        assignment.secret,
        stop,
        listeners=[socket(fileno=number) for number in assignment.listeners],
        placement=assignment.placement,
        on_serving=parent.report_serving,
    )
