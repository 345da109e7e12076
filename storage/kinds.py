"""The kinds of revisioned rows: each is declared once, and what is the same for all kinds follows from that.

`Kind` says what a kind needs in the database. Its statements are in a `.sql` file of its feature, by the names that
`Kind` lists.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from operator import itemgetter
from typing import Any, Generic, Literal, TypeVar

from bitworks.core.records import Record, Tombstone

RecordT = TypeVar("RecordT", bound=Record)
Statements = Mapping[str, str]
"""SQL statements by their names."""
Stamp = Literal["now", "revision", "fingerprint"]
"""An argument that `Rows` itself gives to a statement: PostgreSQL's time in whole milliseconds, the next revision, the
fingerprint of the creation."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[RecordT]):
    """One kind of revisioned row.

    Its table has `user_id`, `id`, `position`, `revision` and `fingerprint`, the key (user_id, id), and an index on
    (user_id, revision). Its statements are

        get        returns the fields of the record, by $1 user and $2 id
        existing   returns the fingerprint, by the same
        changes    its arm of "changes since": returns the columns, and `size` in bytes, of the rows of user $1 above
                   revision $2, at most $3 + 1
        insert, update, delete   for `Rows`, with $1 user and $2 id; the first two return the fields of the record
    """

    record: type[RecordT]
    """The class of its records, whose fields `get`, `insert` and `update` return in their order."""
    tombstone: type[Tombstone]
    """The class of its tombstones."""
    table: str
    """The name of its table."""
    columns: Mapping[str, str]
    """The columns of its arm beside id, position and revision, with their SQL types: the fields of the record."""
    statements: Statements
    """The statements above, and others of its feature."""
    insert_takes: tuple[Stamp | str, ...] = ()
    """The arguments of `insert` from $3 on: names of columns, or stamps."""
    update_takes: tuple[Stamp | str, ...] = ()
    """The arguments of `update` from $3 on: names of columns, or stamps."""
    _record_fields: Callable[[Mapping[str, Any]], tuple[Any, ...]] = field(init=False)
    _tombstone_fields: Callable[[Mapping[str, Any]], tuple[Any, ...]] = field(init=False)

    def __post_init__(self) -> None:
        # Derived once, as every row that is caught up is read by them. A frozen class is set in no other way.
        for name, class_ in (("_record_fields", self.record), ("_tombstone_fields", self.tombstone)):
            names = (one.name for one in fields(class_))  # type: ignore[arg-type]  # each record is a dataclass
            object.__setattr__(self, name, itemgetter(*names))

    @property
    def name(self) -> str:
        """The kind in the names of events and in tombstones."""
        return self.record.kind

    def from_row(self, row: Mapping[str, Any]) -> RecordT:
        """Returns the record of a row that also has columns of other kinds."""
        return self.record(*self._record_fields(row))

    def tombstone_of(self, row: Mapping[str, Any]) -> Tombstone:
        """Returns the tombstone of the columns that are kept of a deleted row."""
        return self.tombstone(*self._tombstone_fields(row))


@dataclass(frozen=True, slots=True)
class Kinds:
    """All kinds of the program."""

    by_name: Mapping[str, Kind[Any]]
    """Each kind by its name."""

    @classmethod
    def of(cls, kinds: Iterable[Kind[Any]]) -> "Kinds":
        """Returns the collection of these kinds, whose names must be different."""
        return cls({kind.name: kind for kind in kinds})

    def changes_since(self, statement: str) -> str:
        """Returns the statement with `{arms}` replaced by the changes of every kind, `{columns}` by the columns of all
        arms, and `{tombstone_columns}` by a value for each, which is null where tombstones do not keep it.

        This is the one place where SQL is put together, once at the start: one statement is one snapshot.
        """
        columns = {name: type_ for kind in self.by_name.values() for name, type_ in kind.columns.items()}
        arms = "\n        union all\n".join(_arm(kind, columns) for kind in self.by_name.values())
        kept = ("conversation_id", "timestamp")  # columns of the table of tombstones, beside its key
        tombstone_columns = ", ".join(
            f'"{name}"' if name in kept else f"null::{columns[name]}" for name in columns
        )
        listed = ", ".join(f'p."{name}"' for name in columns)
        return (
            statement.replace("{arms}", arms)
            .replace("{columns}", listed)
            .replace("{tombstone_columns}", tombstone_columns)
        )

    def count_since(self, statement: str) -> str:
        """Returns the statement with `{arms}` replaced by a row for each change, at most $3 of each kind."""
        arms = "\n    union all\n".join(
            "    (select 1 from "  # noqa: S608 - names of tables are our own
            f"{kind.table} where user_id = $1 and revision > $2 order by revision limit $3)"
            for kind in self.by_name.values()
        )
        return statement.replace("{arms}", arms)


def _arm(kind: Kind[Any], columns: Mapping[str, str]) -> str:
    """Returns the arm of a kind, with nulls for the columns that only other kinds have."""
    own = kind.statements["changes"]
    listed = ", ".join(
        f'a."{name}"' if name in kind.columns else f'null::{type_} as "{name}"'
        for name, type_ in columns.items()
    )
    stamped = "a.revision, a.position, a.id, a.size"
    return f"(select '{kind.name}' as kind, {stamped}, {listed} from ({own}) a)"  # noqa: S608 - our own statements
