"""Serving with several workers: the parent's part, and the part of each worker."""

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
    """Supervises the workers until `stop`, then ends them. Raises WorkerFailed if one cannot start.

    The parent holds the listening sockets, so that connections in their backlog outlive a worker, and the
    folder of the workers' Unix sockets, which `TemporaryDirectory` closes to other users.
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
    """Serves as one of the workers, until `stop` or until its parent has ended."""
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
