"""The operations on streaming messages. The token of a reply authorises those that a producer needs."""

from bitworks.core.bounds import LARGE, TINY
from bitworks.core.errors import Closed, NotFound, OutOfOrder
from bitworks.core.inputs import ById
from bitworks.core.operations import WRITE_OR_REPLY, Operation, updated, value
from bitworks.features.history.records import Message
from bitworks.features.streaming.inputs import MessageAppend, MessageFinish
from bitworks.features.streaming.streaming import Appended, Streaming

OPERATIONS = (
    Operation(
        "message:append", "Add text to a streaming message",
        Streaming.append, MessageAppend, value(Appended),
        rest="POST /messages/{id}/append", event=True,
        errors=(NotFound, OutOfOrder, Closed), scopes=WRITE_OR_REPLY, bound=LARGE,
    ),
    Operation(
        "message:finish", "End a streaming message",
        Streaming.finish, MessageFinish, updated(Message),
        rest="POST /messages/{id}/finish", event=True, errors=(NotFound, Closed), scopes=WRITE_OR_REPLY,
    ),
    Operation(
        "message:stop", "Stop a streaming message",
        Streaming.stop, ById, updated(Message),
        rest="POST /messages/{id}/stop", event=True, errors=(NotFound, Closed), bound=TINY,
    ),
)  # fmt: skip
