"""Changes: each is one revision of a user, and the event that carries it to the user's devices."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from bitworks.core.ids import Revision
from bitworks.core.records import Record, Tombstone

RecordT = TypeVar("RecordT", bound=Record)
WrittenT = TypeVar("WrittenT", bound=Record, covariant=True)


@dataclass(frozen=True, slots=True)
class Change:
    """One row at its present state: its record, or the tombstone of its deletion."""

    revision: Revision
    """The revision that the change drew: that of `data`."""
    event: str
    """The name of the event on the wire: the kind, then `created`, `updated` or `deleted`."""
    data: Record | Tombstone
    """The record, or for `deleted` the tombstone."""


@dataclass(frozen=True, slots=True)
class Written(Generic[WrittenT]):
    """The outcome of a write that was committed."""

    record: WrittenT
    """The record after the write."""
    change: Change | None
    """The change to publish; None if the write changed nothing, such as a repeated creation."""


def change_of(data: Record | Tombstone) -> Change:
    """Returns the change that brought this row to its present state."""
    return Change(data.revision, _event_of(data), data)


def _event_of(data: Record | Tombstone) -> str:
    if isinstance(data, Tombstone):
        return data.deleted_event
    # A row keeps the revision of its creation as its position: the two are equal until its first update.
    return data.created_event if data.revision == data.position else data.updated_event


def changed(record: RecordT) -> Written[RecordT]:
    """Returns the outcome of a write that brought this record to its present state."""
    return Written(record, change_of(record))


def unchanged(record: RecordT) -> Written[RecordT]:
    """Returns the outcome of a write that found the record as it should be, and drew no revision."""
    return Written(record, None)
