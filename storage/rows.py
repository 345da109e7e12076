"""The store of one kind of revisioned row: all that a kind needs which has no rules of its own."""

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


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to be created, its columns by name. `fingerprint` tells a repeated creation from another one."""

    id: str
    values: Values
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class RowEdit:
    """What to change: only the columns that are named. `if_revision` is the revision that the caller has seen."""

    values: Values
    if_revision: int | None


@dataclass(frozen=True, slots=True)
class Rows(Generic[RecordT]):
    """Reads and writes the rows of a kind. Every write is one transaction under the user's counter."""

    database: Database
    revisions: Revisions
    kind: Kind[RecordT]

    async def find(self, user_id: UserId, id_: str) -> RecordT | None:
        """The row as it is, None if there is none."""
        row = await self.database.fetchrow(self.kind.statements["get"], user_id, id_)
        return None if row is None else self.kind.record(*row)

    async def get(self, user_id: UserId, id_: str) -> RecordT:
        """The row as it is. Raises `NotFound`."""
        record = await self.find(user_id, id_)
        if record is None:
            raise NotFound
        return record

    async def create(self, user_id: UserId, new: NewRow) -> Written[RecordT]:
        """A new row; a repeated creation gives it as it is now. Raises `IdConflict` or `Deleted`."""
        async with self.revisions.writing(user_id) as transaction:
            existing = await transaction.repeated(self.kind, new.id, new.fingerprint)
            if existing is not None:
                return unchanged(existing)
            takes = _arguments(self.kind.insert_takes, new.values, transaction, new.fingerprint)
            return await transaction.put(self.kind, "insert", new.id, *takes)

    async def update(self, user_id: UserId, id_: str, edit: RowEdit) -> Written[RecordT]:
        """Changes what is named; an edit that changes nothing draws no revision. Raises `NotFound`, `Stale`."""
        async with self.revisions.writing(user_id) as transaction:
            current = await transaction.current(self.kind, id_, edit.if_revision)
            return await self.rewrite(transaction, current, edit.values)

    async def rewrite(self, transaction: Transaction, current: RecordT, values: Values) -> Written[RecordT]:
        """Gives a row that was read in this transaction these values, beside those that it has."""
        columns = [name for name in self.kind.update_takes if name not in ("now", "revision")]
        before = {name: getattr(current, name) for name in columns}
        after = {**before, **values}
        if canonical_json(after) == canonical_json(before):
            return unchanged(current)
        takes = _arguments(self.kind.update_takes, after, transaction)
        return await transaction.put(self.kind, "update", current.id, *takes)

    async def delete(self, user_id: UserId, id_: str) -> Change | None:
        """The change, or None if it was deleted before. Raises `NotFound`."""
        async with self.revisions.writing(user_id) as transaction:
            if await transaction.fetchrow(self.kind.statements["delete"], user_id, id_) is None:
                await transaction.require_tombstone(self.kind, id_)
                return None
            return await transaction.leave_tombstone(self.kind, id_)


def _arguments(
    takes: tuple[str, ...], values: Values, transaction: Transaction, fingerprint: bytes | None = None
) -> list[Any]:
    stamps = {"now": transaction.now, "fingerprint": fingerprint}
    return [
        transaction.draw() if name == "revision" else stamps[name] if name in stamps else values[name]
        for name in takes
    ]
