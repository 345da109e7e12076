"""Changes as CloudEvents 1.0 in structured JSON, and their routing keys. Pure."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from bitworks.core.changes import Change
from bitworks.core.encoding import rfc3339, to_json
from bitworks.core.ids import UserId
from bitworks.core.records import Record, Tombstone

MEDIA_TYPE = "application/cloudevents+json"
"""The media type of an event."""
SEQUENCE_DIGITS = 20
"""Digits of a sequence, so that sequences sort as texts."""
# The first of these fields that a record has tells when it was changed.
_CHANGED_AT = ("edited_at", "updated_at", "timestamp")
# Where the rows of a kind are read, and the field that names them there.
_ADDRESSES = {
    "conversation": ("conversations/detail", "id"),
    "message": ("messages/detail", "id"),
    "context": ("context", "conversation_id"),
}
_NAMES = ("id", "conversation_id", "revision")
"""What is left of a record that is too large whatever is taken from it."""


class CloudEvent(TypedDict):
    """An event as consumers get it; `sequence`, `epoch` and `partitionkey` are extensions of CloudEvents."""

    specversion: str
    """`1.0`."""
    id: str
    """The same whenever it is sent: epoch, user and revision."""
    source: str
    """The address of the server."""
    type: str
    """`bitworks.`, the kind, and what happened to it."""
    subject: NotRequired[str]
    """The id of the row, or of the user."""
    time: str
    """When it happened, in RFC 3339; when it was told, where that is not known."""
    datacontenttype: str
    """`application/json`."""
    sequence: NotRequired[str]
    """The revision, in twenty digits."""
    epoch: str
    """The epoch that revisions count in."""
    partitionkey: NotRequired[str]
    """The user."""
    dataref: NotRequired[str]
    """Where to read the whole, if that was too large for the broker."""
    data: object
    """The record, or the tombstone, as devices get it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the events of one epoch have in common."""

    source: str
    """The address of the server, without a slash at its end."""
    epoch: str
    """The epoch that they belong to."""

    def of_change(self, user_id: UserId, change: Change, now: datetime) -> CloudEvent:
        """The event of a change."""
        kind, _, action = change.event.partition(":")
        return self._of_user(
            user_id, change.revision, f"{kind}.{action}", change.data.id, _time(change.data, now), change.data
        )

    def smaller(self, user_id: UserId, change: Change, now: datetime) -> Iterator[CloudEvent]:
        """The same ever smaller, for a broker that takes no more, and with the address at which the whole is read.

        First a message without its content, then any record but for its ids and its revision.
        """
        kind = change.data.kind
        path, field = _ADDRESSES[kind]
        address = f"{self.source}/{path}/{getattr(change.data, field)}"
        event: CloudEvent = {**self.of_change(user_id, change, now), "dataref": address}
        record = asdict(change.data)  # type: ignore[call-overload]  # each record is a dataclass
        if kind == "message":
            yield {**event, "data": {**record, "content": None}}
        yield {**event, "data": {name: record[name] for name in _NAMES if name in record}}

    def of_new_user(self, user_id: UserId, created_at: datetime) -> CloudEvent:
        """The event that begins a user."""
        data = {"id": user_id, "created_at": created_at}
        return self._of_user(user_id, 0, "user.created", user_id, created_at, data)

    def of_deleted_user(self, user_id: UserId, revision: int, deleted_at: datetime) -> CloudEvent:
        """The event that ends a user and everything of theirs."""
        data = {"id": user_id, "deleted_at": deleted_at, "revision": revision}
        return self._of_user(user_id, revision, "user.deleted", user_id, deleted_at, data)

    def of_epoch(self, now: datetime) -> CloudEvent:
        """The event that begins the epoch."""
        return {
            "specversion": "1.0",
            "id": self.epoch,
            "source": self.source,
            "type": "bitworks.epoch.started",
            "time": rfc3339(now),
            "datacontenttype": "application/json",
            "epoch": self.epoch,
            "data": {"epoch": self.epoch},
        }

    def _of_user(
        self, user_id: UserId, revision: int, type_: str, subject: str, time: datetime, data: object
    ) -> CloudEvent:
        return {
            "specversion": "1.0",
            "id": f"{self.epoch}:{user_id}:{revision}",
            "source": self.source,
            "type": f"bitworks.{type_}",
            "subject": subject,
            "time": rfc3339(time),
            "datacontenttype": "application/json",
            "sequence": f"{revision:0{SEQUENCE_DIGITS}}",
            "epoch": self.epoch,
            "partitionkey": user_id,
            "data": data,
        }


def routing_key(event: CloudEvent) -> str:
    """The kind, the action, and the user if it is of one, by which consumers choose."""
    return ".".join([event["type"].removeprefix("bitworks."), *filter(None, [event.get("partitionkey")])])


def encoded(event: CloudEvent) -> bytes:
    """The body of a message."""
    return to_json(event)


def _time(data: Record | Tombstone, now: datetime) -> datetime:
    if isinstance(data, Tombstone):
        return now  # its `timestamp` is that of the message that was deleted
    return next((time for name in _CHANGED_AT if (time := getattr(data, name, None)) is not None), now)
