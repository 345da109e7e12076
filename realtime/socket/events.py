"""The events that clients may send: the operations that are events, by name."""

from collections.abc import Callable, Iterable

from bitworks.core.bounds import KIB
from bitworks.core.callers import Caller
from bitworks.core.errors import NotFound, RateLimited
from bitworks.core.operations import BoundOperation
from bitworks.core.parsing import parse
from bitworks.features.limits.fair_queue import FairQueue
from bitworks.realtime.socket import acknowledgements
from bitworks.realtime.socket.acknowledgements import Acknowledgement

UNREAD_OF_USER = 64 * KIB * KIB
"""Bytes that the sockets of one user may leave unread on a worker before they are read nothing large any more: eight
windows of 8 MiB. Each socket alone could leave as much."""
UNREAD_RETRY_AFTER = 5
"""Seconds after which who is refused for it is asked to try again: when others read is not known."""


class Events:
    """Parses the payload of an event, calls its operation, and acknowledges the result.

    `reads` gives the heavy operations of users their places.
    """

    def __init__(self, operations: Iterable[BoundOperation], reads: FairQueue) -> None:
        self._reads = reads
        self._operations = {one.spec.name: one for one in operations if one.spec.event}

    def __contains__(self, event: str) -> bool:
        return event in self._operations

    async def call(
        self, event: str, caller: Caller, payload: object, unread: Callable[[], int]
    ) -> Acknowledgement:
        """The acknowledgement of a successful call. Raises `NotFound` for an unknown event, else as the operation.

        `unread` tells how many bytes the sockets of the caller's user have not read: a heavy operation of one who has
        left too many raises `RateLimited`.
        """
        if (operation := self._operations.get(event)) is None:
            raise NotFound("There is no such event.")
        spec = operation.spec
        request = parse(spec.input, payload)
        if spec.heavy:
            async with self._reads.place(caller.user_id):
                _require_read(unread())
                return acknowledgements.of_result(
                    spec.result.shape, await operation.call(caller, request), request
                )
        result = await operation.call(caller, request)
        return acknowledgements.of_result(spec.result.shape, result, request)


def _require_read(unread: int) -> None:
    if unread > UNREAD_OF_USER:
        raise RateLimited(
            UNREAD_RETRY_AFTER, f"The sockets of this user have more than {UNREAD_OF_USER >> 20} MiB to read"
        )
