"""The events that clients may send: the operations that are events, by name."""

from collections.abc import Iterable

from bitworks.core.callers import Caller
from bitworks.core.errors import NotFound
from bitworks.core.operations import BoundOperation
from bitworks.core.parsing import parse
from bitworks.features.limits.fair_queue import FairQueue
from bitworks.realtime.socket import acknowledgements
from bitworks.realtime.socket.acknowledgements import Acknowledgement


class Events:
    """Parses the payload of an event, calls its operation, and acknowledges the result.

    `reads` gives the heavy operations of users their places.
    """

    def __init__(self, operations: Iterable[BoundOperation], reads: FairQueue) -> None:
        self._reads = reads
        self._operations = {one.spec.name: one for one in operations if one.spec.event}

    def __contains__(self, event: str) -> bool:
        return event in self._operations

    async def call(self, event: str, caller: Caller, payload: object) -> Acknowledgement:
        """The acknowledgement of a successful call. Raises `NotFound` for an unknown event, else as the operation."""
        if (operation := self._operations.get(event)) is None:
            raise NotFound("There is no such event.")
        spec = operation.spec
        request = parse(spec.input, payload)
        if spec.heavy:
            async with self._reads.place(caller.user_id):
                return acknowledgements.of_result(
                    spec.result.shape, await operation.call(caller, request), request
                )
        result = await operation.call(caller, request)
        return acknowledgements.of_result(spec.result.shape, result, request)
