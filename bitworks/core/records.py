"""The bases of records and tombstones: what all revisioned rows have in common.

A record is frozen: a change makes a new one. Times are UTC, in whole milliseconds.
"""

from typing import Any, ClassVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from bitworks.core.ids import Revision

Json = dict[str, Any]
"""A JSON object of the caller's own, decoded. The keys of such objects that the program reads have a `TypedDict`."""


class Record:
    """A row as every door shows it: a frozen dataclass, whose fields are those of the wire, in that order."""

    __slots__ = ()
    kind: ClassVar[str]
    """The first part of the names of its events, such as `conversation` in `conversation:created`."""
    id: str
    """A UUID, unique within the kind and the user."""
    position: Revision
    """The revision of its creation."""
    revision: Revision
    """The revision of its last change."""
    created_event: ClassVar[str]
    """The name of the event of its creation, made of `kind` once for every change that is read."""
    updated_event: ClassVar[str]
    """The name of the event of a later change."""

    def __init_subclass__(cls) -> None:
        cls.created_event, cls.updated_event = f"{cls.kind}:created", f"{cls.kind}:updated"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Leaves the schema of `Record` itself open: its subclasses are not known here, see `describe_changes`."""
        return core_schema.any_schema() if source is Record else handler(source)


class Tombstone:
    """The remains of a deleted row: a frozen dataclass with its id, and what receivers need to apply the deletion."""

    __slots__ = ()
    kind: ClassVar[str]
    """The kind of the deleted record."""
    id: str
    """The id of the deleted row, which is never used again."""
    revision: Revision
    """The revision of the deletion."""
    deleted_event: ClassVar[str]
    """The name of the event of the deletion."""

    def __init_subclass__(cls) -> None:
        cls.deleted_event = f"{cls.kind}:deleted"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Leaves the schema of `Tombstone` itself open, as `Record` does."""
        return core_schema.any_schema() if source is Tombstone else handler(source)
