"""The events that clients may send: the operations that are events, by name."""

from collections.abc import Iterable

from bitworks.core.callers import Caller
from bitworks.core.errors import NotFound
from bitworks.core.operations import Bound
from bitworks.core.parsing import parse
from bitworks.realtime.socket import acknowledgements
from bitworks.realtime.socket.acknowledgements import Acknowledgement


class Events:
    """Parses the payload of an event, calls its operation, and acknowledges the result."""

    def __init__(self, operations: Iterable[Bound]) -> None:
        self._operations = {one.row.name: one for one in operations if one.row.event}

    def __contains__(self, event: str) -> bool:
        return event in self._operations

    async def call(self, event: str, caller: Caller, payload: object) -> Acknowledgement:
        """The acknowledgement of a successful call. Raises `NotFound` for an unknown event, else as the operation."""
        if (operation := self._operations.get(event)) is None:
            raise NotFound("There is no such event.")
        row = operation.row
        request = parse(row.input, payload)
        result = await operation.call(caller, request)
        return acknowledgements.of_result(row.result.shape, result, request)
