"""Asking the instance that owns a streaming message, and answering those who ask."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bitworks.fanout import Fanout
from bitworks.features.streaming.owner_protocol import Answer, Errand, decode, encode

log = structlog.get_logger(__name__)

Perform = Callable[[Errand], Awaitable[Answer]]


class Errands:
    """Carried by the fan-out, which may lose them: nobody waits longer than they choose to."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._perform: Perform | None = None
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def serve(self, perform: Perform) -> None:
        """Answers what others ask, from now on."""
        self._perform = perform
        self._fanout.on_instance_message(self._hear)

    async def ask(self, owner: str, errand: Errand, patience: float) -> Answer | None:
        """The owner's answer; None if there is none in `patience` seconds. It may be done all the same."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[errand.id] = answered
        try:
            if not self._fanout.send_to_instance(owner, encode(errand)):
                return None
            async with asyncio.timeout(patience):
                return await answered
        except TimeoutError:
            return None
        finally:
            del self._waiting[errand.id]

    def _hear(self, message: bytes) -> None:
        match decode(message):
            case Answer() as answer:
                waiting = self._waiting.get(answer.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
            case Errand() as errand:
                task = asyncio.create_task(self._do(errand))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _do(self, errand: Errand) -> None:
        assert self._perform is not None
        try:
            self._fanout.send_to_instance(errand.asker, encode(await self._perform(errand)))
        except Exception:
            # The asker waits no longer than for an answer that was lost.
            log.exception("errand_failed")
