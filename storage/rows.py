"""The store of a kind of revisioned row that has no rules of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bitworks.core.changes import Change, Written, unchanged
from bitworks.core.encoding import canonical_json
from bitworks.core.errors import NotFound
from bitworks.core.ids import UserId
from bitworks.core.records import Record
from bitworks.storage.database import Database
from bitworks.storage.kinds import Kind
from bitworks.storage.revisions import Revisions, Transaction

RecordT = TypeVar("RecordT", bound=Record)
Values = Mapping[str, Any]
"""Values of columns, by their names."""


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to be created."""

    id: str
    """Its id, chosen by the client or the server: a UUID."""
    values: Values
    """A value for each column that `insert_takes` of the kind names."""
    fingerprint: bytes
    """The 16-byte hash of the request, by which its repetition is told from another creation."""


@dataclass(frozen=True, slots=True)
class RowEdit:
    """An update of a row."""

    values: Values
    """The columns that are updated; the others stay as they are."""
    if_revision: int | None
    """The revision that the row must be at; None: any."""


@dataclass(frozen=True, slots=True)
class Rows(Generic[RecordT]):
    """Reads and writes the rows of a kind. Every write is one transaction under the user's counter.

    Every method raises `Unavailable` while the database is away, and the writes also as `Revisions.writing`.
    """

    database: Database
    """The database."""
    revisions: Revisions
    """The counters under which it writes."""
    kind: Kind[RecordT]
    """The kind, whose statements it runs."""

    async def find(self, user_id: UserId, id_: str) -> RecordT | None:
        """Returns the record of a row, None if there is none."""
        row = await self.database.fetchrow(self.kind.statements["get"], user_id, id_)
        return None if row is None else self.kind.record(*row)

    async def get(self, user_id: UserId, id_: str) -> RecordT:
        """Returns the record of a row. Raises `NotFound`."""
        record = await self.find(user_id, id_)
        if record is None:
            raise NotFound
        return record

    async def create(self, user_id: UserId, new: NewRow) -> Written[RecordT]:
        """Creates a row; a repeated creation returns it as it is now. Raises `IdConflict` or `Deleted`."""
        async with self.revisions.writing(user_id) as transaction:
            existing = await transaction.repeated(self.kind, new.id, new.fingerprint)
            if existing is not None:
                return unchanged(existing)
            takes = _arguments(self.kind.insert_takes, new.values, transaction, new.fingerprint)
            return await transaction.put(self.kind, "insert", new.id, *takes)

    async def update(self, user_id: UserId, id_: str, edit: RowEdit) -> Written[RecordT]:
        """Updates the columns that the edit names; an edit that changes nothing draws no revision.

        Raises `NotFound`, `Stale`.
        """
        async with self.revisions.writing(user_id) as transaction:
            current = await transaction.current(self.kind, id_, edit.if_revision)
            return await self.rewrite(transaction, current, edit.values)

    async def rewrite(self, transaction: Transaction, current: RecordT, values: Values) -> Written[RecordT]:
        """Updates columns of a row that was read in this transaction; draws no revision if that changes nothing."""
        columns = [name for name in self.kind.update_takes if name not in ("now", "revision")]
        before = {name: getattr(current, name) for name in columns}
        after = {**before, **values}
        # As JSON: Python takes 1, 1.0 and True for equal.
        if canonical_json(after) == canonical_json(before):
            return unchanged(current)
        takes = _arguments(self.kind.update_takes, after, transaction)
        return await transaction.put(self.kind, "update", current.id, *takes)

    async def delete(self, user_id: UserId, id_: str) -> Change | None:
        """Deletes a row; returns None if it was deleted before. Raises `NotFound`."""
        async with self.revisions.writing(user_id) as transaction:
            if await transaction.fetchrow(self.kind.statements["delete"], user_id, id_) is None:
                await transaction.require_tombstone(self.kind, id_)
                return None
            return await transaction.leave_tombstone(self.kind, id_)


def _arguments(
    takes: tuple[str, ...], values: Values, transaction: Transaction, fingerprint: bytes | None = None
) -> list[Any]:
    # A revision is drawn only for a statement that takes one: each that is drawn must be carried by a change.
    stamps = {"now": transaction.now, "fingerprint": fingerprint}
    return [
        transaction.draw() if name == "revision" else stamps[name] if name in stamps else values[name]
        for name in takes
    ]
