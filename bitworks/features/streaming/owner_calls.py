"""Calls the instance that owns a streaming message, and serves the calls of other instances."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bitworks.fanout import Fanout
from bitworks.features.streaming.owner_protocol import OwnerCall, OwnerResponse, decode, encode
from bitworks.tasks import Tasks

log = structlog.get_logger(__name__)

Perform = Callable[[OwnerCall], Awaitable[OwnerResponse]]


class OwnerCalls:
    """Calls and their responses, carried by the fan-out, which may lose either."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._perform: Perform | None = None
        self._waiting: dict[str, asyncio.Future[OwnerResponse]] = {}
        self._tasks = Tasks("owner_calls")

    def serve(self, perform: Perform) -> None:
        """Responds to the calls of other instances from now on, with what `perform` returns."""
        self._perform = perform
        self._fanout.on_instance_message(self._receive)

    async def call(self, owner: str, call: OwnerCall, timeout: float) -> OwnerResponse | None:  # noqa: ASYNC109 - a lost response is no error
        """The owner's response; None if there is none in `timeout` seconds. The call may have been performed then."""
        response: asyncio.Future[OwnerResponse] = asyncio.get_running_loop().create_future()
        self._waiting[call.id] = response
        try:
            if not self._fanout.send_to_instance(owner, encode(call)):
                return None
            async with asyncio.timeout(timeout):
                return await response
        except TimeoutError:
            return None
        finally:
            del self._waiting[call.id]

    def _receive(self, message: bytes) -> None:
        match decode(message):
            case OwnerResponse() as response:
                waiting = self._waiting.get(response.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(response)
            case OwnerCall() as call:
                self._tasks.start(self._respond(call))

    async def _respond(self, call: OwnerCall) -> None:
        assert self._perform is not None
        try:
            self._fanout.send_to_instance(call.asker, encode(await self._perform(call)))
        except Exception:
            # No response is as good as a lost one: the calling instance stops waiting for either.
            log.exception("owner_call_failed")
