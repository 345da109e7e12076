"""The Socket.IO packets that devices are sent, encoded once for all of them.

A packet names the user's namespace and, if it has a revision, ends with the cursor, so it is the same for all
devices of the user.
"""

from bitworks.core.changes import Change
from bitworks.core.cursors import Cursor
from bitworks.core.encoding import to_json
from bitworks.core.ids import MessageId, UserId
from bitworks.core.text import Piece, units
from bitworks.fanout.notices import Changed, Ended, Grown, Opened, Signalled
from bitworks.features.history.records import DeletedMessage, Message
from bitworks.features.sync.publishing import SignalEvent


def namespace_of(user_id: UserId) -> str:
    """The Socket.IO namespace of a user."""
    return f"/users/{user_id}"


def is_namespace_of(user_id: UserId, namespace: str) -> bool:
    """Whether this is the namespace of a user, whose id may be in capitals there as everywhere."""
    folder, _, id_ = namespace.rpartition("/")
    return f"{folder}/{id_.lower()}" == namespace_of(user_id)


def change_packet(user_id: UserId, epoch: str, change: Change) -> bytes:
    """The packet of a change: event, data, cursor."""
    cursor = Cursor(epoch, change.revision)
    return _packet(user_id, change.event, to_json(change.data), b'"%s"' % str(cursor).encode())


def synced_packet(user_id: UserId, cursor: Cursor) -> bytes:
    """The packet that ends catching up: every change up to the cursor has been sent."""
    data = to_json({"revision": cursor.revision})
    return _packet(user_id, "synced", data, b'"%s"' % str(cursor).encode())


def reset_packet(user_id: UserId, reason: str, cursor: Cursor) -> bytes:
    """The packet that has a client discard its data and read again; `reason` is for people and programs."""
    return _packet(user_id, "sync:reset", to_json({"reason": reason, "cursor": str(cursor)}))


def signal_packet(user_id: UserId, event: SignalEvent, data: dict[str, object]) -> bytes:
    """The packet of an event without a revision. It must not end with a string, which clients take for a cursor."""
    return _packet(user_id, event, to_json(data))


def delta_packet(user_id: UserId, message_id: MessageId, offset: int, text: str) -> bytes:
    """The packet of text that a message grew by, from `offset` on, in UTF-16 code units."""
    data = to_json({"message_id": message_id, "offset": offset, "text": text})
    return _packet(user_id, "message:delta", data)


def _packet(user_id: UserId, event: str, *arguments: bytes) -> bytes:
    return b"2%s,[%s]" % (
        namespace_of(user_id).encode(),
        b",".join((b'"%s"' % event.encode(), *arguments)),
    )


def text_change(change: Change) -> Opened | Ended | None:
    """The beginning or end of streaming that a change implies; None for neither."""
    match change.data:
        case Message(status="streaming"):
            return Opened(change.data.id, units(change.data.content))
        case Message() | DeletedMessage():
            return None if change.event == "message:created" else Ended(change.data.id)
    return None


class SocketIoPackets:
    """The packets of what is published: fulfils `features.sync.publishing.Packets`."""

    def changed(self, user_id: UserId, epoch: str, change: Change) -> Changed:
        """The notice of a change, its packet ending with the cursor."""
        return Changed(change.revision, change_packet(user_id, epoch, change), text_change(change))

    def grown(self, user_id: UserId, message_id: MessageId, piece: Piece) -> Grown:
        """The notice of text that a message grew by."""
        packet = delta_packet(user_id, message_id, piece.start, piece.text)
        return Grown(message_id, piece.start, piece.end, packet)

    def signalled(
        self, user_id: UserId, sender: str, event: SignalEvent, data: dict[str, object]
    ) -> Signalled:
        """The notice of something without a revision."""
        return Signalled(sender, signal_packet(user_id, event, data))
