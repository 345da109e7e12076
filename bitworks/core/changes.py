"""Changes: one revision of a user each, and the event that tells devices of it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from bitworks.core.ids import Revision
from bitworks.core.records import Record, Tombstone

RecordT = TypeVar("RecordT", bound=Record)
WrittenT = TypeVar("WrittenT", bound=Record, covariant=True)


@dataclass(frozen=True, slots=True)
class Change:
    """What stands there now (a record), or what is left (a tombstone).

    `event` is its name on the wire: the kind, then `created`, `updated` or `deleted`.
    """

    revision: Revision
    event: str
    data: Record | Tombstone


@dataclass(frozen=True, slots=True)
class Written(Generic[WrittenT]):
    """The record after a write. `change` is None if the write changed nothing."""

    record: WrittenT
    change: Change | None


def change_of(data: Record | Tombstone) -> Change:
    """The change that brought this row to its present state."""
    return Change(data.revision, f"{data.kind}:{_verb(data)}", data)


def _verb(data: Record | Tombstone) -> str:
    if isinstance(data, Tombstone):
        return "deleted"
    return "created" if data.revision == data.position else "updated"


def changed(record: RecordT) -> Written[RecordT]:
    """A write that brought this record to its present state."""
    return Written(record, change_of(record))


def unchanged(record: RecordT) -> Written[RecordT]:
    """A write that found this record as it should be, and drew no revision."""
    return Written(record, None)
