"""What a device holds: its old state plus everything it was sent, by the receiver's rule alone."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Rows = dict[tuple[str, str], Json]


def is_change(event: str) -> bool:
    """Whether this event carries a revision of the user's data."""
    return event.partition(":")[2] in ("created", "updated", "deleted")


def revision_of(cursor: str) -> int:
    """Where a cursor stands. Clients must not look inside; whoever checks them may."""
    return int(cursor.rpartition(".")[2])


@dataclass(slots=True)
class Replica:
    """Rows by kind and id. It began with nothing at revision `base`, and has everything up to `revision`.

    `cursor` is the last one it was given: the `since` with which it would come back.
    """

    base: int = 0
    revision: int = 0
    cursor: str = "0"
    rows: Rows = field(default_factory=dict)

    @classmethod
    def starting_at(cls, cursor: str) -> "Replica":
        """Holds nothing, and will be told only of what changes after this cursor."""
        revision = revision_of(cursor)
        return cls(revision, revision, cursor)

    def receive(self, event: str, *arguments: Any) -> bool:
        """Takes one event as it was sent; says whether it moved this replica."""
        if event == "synced" or is_change(event):
            data, cursor = arguments
            return self.apply(event, data, cursor)
        if event == "message:delta":
            [data] = arguments
            return self._grow(**data)
        if event == "sync:reset":
            [data] = arguments
            fresh = Replica.starting_at(data["cursor"])
            self.base, self.revision, self.cursor, self.rows = (
                fresh.base,
                fresh.revision,
                fresh.cursor,
                fresh.rows,
            )
            return True
        return False

    def apply(self, event: str, data: Json, cursor: str) -> bool:
        """A change or `synced`; False for what is not newer than the cursor."""
        if data["revision"] <= self.revision and event != "synced":
            return False
        self._change(event, data)
        self.move(cursor)
        return True

    def _grow(self, message_id: str, offset: int, text: str) -> bool:
        """A delta; False for a message that is not here or of which text before `offset` is missing."""
        message = self.rows.get(("message", message_id))
        units = b"" if message is None else message["content"].encode("utf-16-le")
        if message is None or len(units) < 2 * offset:
            return False
        message["content"] = units[: 2 * offset].decode("utf-16-le") + text
        return True

    def move(self, cursor: str) -> None:
        """Everything up to here was received or superseded."""
        if revision_of(cursor) >= self.revision:
            self.revision, self.cursor = revision_of(cursor), cursor

    def _change(self, event: str, data: Json) -> None:
        kind, _, verb = event.partition(":")
        if verb in ("created", "updated"):
            self.rows[kind, data["id"]] = dict(data)
        elif verb == "deleted":
            self.rows.pop((kind, data["id"]), None)
            if kind == "conversation":
                self._drop_belongings(data["id"])
        if kind == "message":
            self._touch(data["conversation_id"], data["timestamp"])

    def _drop_belongings(self, conversation_id: str) -> None:
        for key in [key for key, row in self.rows.items() if row.get("conversation_id") == conversation_id]:
            del self.rows[key]

    def _touch(self, conversation_id: str, timestamp: str) -> None:
        # Times are text of one form, so their order is that of the text.
        conversation = self.rows.get(("conversation", conversation_id))
        if conversation is not None:
            conversation["updated_at"] = max(conversation["updated_at"], timestamp)
