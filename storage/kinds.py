"""The kinds of revisioned rows: each is declared once, and everything that all kinds do follows from that.

What a kind must have in the database is the subject of `Kind`; what it is stored and read by is a `.sql` file of its
feature, whose statements have the names that `Kind` lists.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Generic, Literal, TypeVar

import asyncpg

from bitworks.core.records import Record, Tombstone

RecordT = TypeVar("RecordT", bound=Record)
Statements = Mapping[str, str]
# What the mechanism itself gives to a statement: PostgreSQL's time, in milliseconds; the next revision; and what
# tells a repeated creation from another one.
Stamp = Literal["now", "revision", "fingerprint"]


@dataclass(frozen=True, slots=True)
class Kind(Generic[RecordT]):
    """One kind of revisioned row.

    Its table has `user_id`, `id`, `position`, `revision` and `fingerprint`, the key (user_id, id), and an index on
    (user_id, revision). `columns` are those of its arm of "changes since" beside id, position and revision, with
    their SQL types: the fields of the record. A small, rare kind has one of type `jsonb`.

    `statements` are those of its `.sql` file:

        get        the columns of the record, by $1 user and $2 id
        existing   the fingerprint, by the same
        changes    the arm: the columns, and `size` in bytes, of rows of user $1 above revision $2, $3 + 1 at most
        insert, update, delete   for `Rows`; `insert_takes` and `update_takes` name their arguments after user and
                   id: columns, or what the mechanism stamps
    """

    record: type[RecordT]
    tombstone: type[Tombstone]
    table: str
    columns: Mapping[str, str]
    statements: Statements
    insert_takes: tuple[Stamp | str, ...] = ()
    update_takes: tuple[Stamp | str, ...] = ()
    _fields: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_fields", tuple(one.name for one in fields(self.record)))  # type: ignore[arg-type]  # each record is a dataclass

    @property
    def name(self) -> str:
        """As events name it."""
        return self.record.kind

    def from_row(self, row: asyncpg.Record) -> RecordT:
        """The record of a row that has more columns than its own."""
        return self.record(*[row[name] for name in self._fields])

    def tombstone_of(self, row: Mapping[str, Any]) -> Tombstone:
        """The tombstone of what is kept of a deleted row."""
        return self.tombstone(**{one.name: row[one.name] for one in fields(self.tombstone)})  # type: ignore[arg-type]  # each tombstone is a dataclass


@dataclass(frozen=True, slots=True)
class Kinds:
    """All kinds that there are, by name."""

    by_name: Mapping[str, Kind[Any]]

    @classmethod
    def of(cls, kinds: Iterable[Kind[Any]]) -> "Kinds":
        return cls({kind.name: kind for kind in kinds})

    def changes_since(self, statement: str) -> str:
        """Returns the statement with `{arms}` replaced by the changes of every kind, and `{tombstone_columns}` by a
        value for each column of an arm, which is null where tombstones do not keep it.

        This is the one place where SQL is put together, once at the start: one statement is one snapshot.
        """
        columns = {name: type_ for kind in self.by_name.values() for name, type_ in kind.columns.items()}
        arms = "\n        union all\n".join(_arm(kind, columns) for kind in self.by_name.values())
        kept = ("conversation_id", "timestamp")
        tombstone_columns = ", ".join(
            f'"{name}"' if name in kept else f"null::{columns[name]}" for name in columns
        )
        return statement.replace("{arms}", arms).replace("{tombstone_columns}", tombstone_columns)

    def count_since(self, statement: str) -> str:
        """The statement, in which `{arms}` stands for one row for each change of every kind."""
        arms = "\n    union all\n".join(
            "    (select 1 from "  # noqa: S608 - names of tables are our own
            f"{kind.table} where user_id = $1 and revision > $2 order by revision limit $3)"
            for kind in self.by_name.values()
        )
        return statement.replace("{arms}", arms)


def _arm(kind: Kind[Any], columns: Mapping[str, str]) -> str:
    """The arm of a kind, with nulls for what only other kinds have."""
    own = kind.statements["changes"]
    listed = ", ".join(
        f'a."{name}"' if name in kind.columns else f'null::{type_} as "{name}"'
        for name, type_ in columns.items()
    )
    stamped = "a.revision, a.position, a.id, a.size"
    return f"(select '{kind.name}' as kind, {stamped}, {listed} from ({own}) a)"  # noqa: S608 - our own statements
