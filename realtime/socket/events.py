"""What a client may send: the operations that are events, by name."""

from collections.abc import Iterable

from bitworks.core.callers import Caller
from bitworks.core.errors import NotFound
from bitworks.core.operations import Bound
from bitworks.core.parsing import parse
from bitworks.realtime.socket import acknowledgements
from bitworks.realtime.socket.acknowledgements import Acknowledgement


class Events:
    """Parses what an event carries, asks for its operation, and acknowledges what that gives."""

    def __init__(self, operations: Iterable[Bound]) -> None:
        self._operations = {one.row.name: one for one in operations if one.row.event}

    def __contains__(self, event: str) -> bool:
        return event in self._operations

    async def answer(self, event: str, caller: Caller, payload: object) -> Acknowledgement:
        """Raises a `DomainError` for what cannot be done, `NotFound` for an event that there is not."""
        if (operation := self._operations.get(event)) is None:
            raise NotFound("There is no such event.")
        row = operation.row
        request = parse(row.input, payload)
        return acknowledgements.of_result(row.result.shape, await operation.call(caller, request), request)
