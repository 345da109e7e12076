"""Changes, and the events that carry them to devices.

A change is encoded once, into the finished Socket.IO packet, whoever receives it: the packet names the
user's namespace and ends with the cursor, so it is the same for all devices of the user.
"""

from dataclasses import dataclass
from typing import Literal, assert_never

from bitworks.core.cursors import Cursor
from bitworks.core.encoding import to_json
from bitworks.core.ids import MessageId, Revision, UserId
from bitworks.core.records import (
    Context,
    Conversation,
    DeletedContext,
    DeletedConversation,
    DeletedMessage,
    Message,
    Record,
    Tombstone,
)
from bitworks.fanout.notices import Ended, Opened
from bitworks.features.streaming.text_buffer import units

ChangeEvent = Literal[
    "conversation:created",
    "conversation:updated",
    "conversation:deleted",
    "message:created",
    "message:updated",
    "message:deleted",
    "context:created",
    "context:updated",
    "context:deleted",
]
SignalEvent = Literal["typing", "session:expiring", "session:expired"]


@dataclass(frozen=True, slots=True)
class Change:
    """One revision of a user: what it did, and what stands there now (a record) or is left (a tombstone)."""

    revision: Revision
    event: ChangeEvent
    data: Record | Tombstone


def change_of(data: Record | Tombstone) -> Change:
    """The change that brought this row to its present state."""
    return Change(data.revision, _event_of(data), data)


def _event_of(data: Record | Tombstone) -> ChangeEvent:
    match data:
        case Conversation():
            return "conversation:created" if data.revision == data.position else "conversation:updated"
        case Message():
            return "message:created" if data.revision == data.position else "message:updated"
        case Context():
            return "context:created" if data.revision == data.position else "context:updated"
        case DeletedConversation():
            return "conversation:deleted"
        case DeletedMessage():
            return "message:deleted"
        case DeletedContext():
            return "context:deleted"
    assert_never(data)


def text_change(change: Change) -> Opened | Ended | None:
    """What the change did to a streaming message, as far as that can be told from it alone."""
    match change.data:
        case Message(status="streaming"):
            return Opened(change.data.id, units(change.data.content))
        case Message() | DeletedMessage():
            return None if change.event == "message:created" else Ended(change.data.id)
    return None


def namespace_of(user_id: UserId) -> str:
    """The Socket.IO namespace of a user."""
    return f"/users/{user_id}"


def change_packet(user_id: UserId, epoch: str, change: Change) -> bytes:
    """The packet of a change: event, data, cursor."""
    cursor = Cursor(epoch, change.revision)
    return _packet(user_id, change.event, to_json(change.data), b'"%s"' % str(cursor).encode())


def synced_packet(user_id: UserId, cursor: Cursor) -> bytes:
    """The packet that says: everything up to here has been sent."""
    data = to_json({"revision": cursor.revision})
    return _packet(user_id, "synced", data, b'"%s"' % str(cursor).encode())


def reset_packet(user_id: UserId, reason: str, cursor: Cursor) -> bytes:
    """The packet that says: discard what you hold and read again."""
    return _packet(user_id, "sync:reset", to_json({"reason": reason, "cursor": str(cursor)}))


def signal_packet(user_id: UserId, event: SignalEvent, data: dict[str, object]) -> bytes:
    """The packet of something that has no revision. It never ends with a string: that would be a cursor."""
    return _packet(user_id, event, to_json(data))


def delta_packet(user_id: UserId, message_id: MessageId, offset: int, text: str) -> bytes:
    """The packet that says: from this offset on, in UTF-16 code units, the content is this text."""
    data = to_json({"message_id": message_id, "offset": offset, "text": text})
    return _packet(user_id, "message:delta", data)


def _packet(user_id: UserId, event: str, *arguments: bytes) -> bytes:
    return b"2%s,[%s]" % (
        namespace_of(user_id).encode(),
        b",".join((b'"%s"' % event.encode(), *arguments)),
    )
