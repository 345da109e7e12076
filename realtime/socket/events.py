"""The events that clients may send: the operations that are events, by name."""

from collections.abc import Iterable

from bitworks.core.callers import Caller
from bitworks.core.errors import NotFound
from bitworks.core.operations import BoundOperation
from bitworks.core.parsing import parse
from bitworks.realtime.socket import acknowledgements
from bitworks.realtime.socket.acknowledgements import Acknowledgement


class Events:
    """Parses the payload of an event, calls its operation, and acknowledges the result."""

    def __init__(self, operations: Iterable[BoundOperation]) -> None:
        self._operations = {one.spec.name: one for one in operations if one.spec.event}

    def __contains__(self, event: str) -> bool:
        return event in self._operations

    async def call(self, event: str, caller: Caller, payload: object) -> Acknowledgement:
        """The acknowledgement of a successful call. Raises `NotFound` for an unknown event, else as the operation."""
        if (operation := self._operations.get(event)) is None:
            raise NotFound("There is no such event.")
        spec = operation.spec
        request = parse(spec.input, payload)
        result = await operation.call(caller, request)
        return acknowledgements.of_result(spec.result.shape, result, request)
