"""What every revisioned row has in common, whatever it is a row of.

A record is frozen: a change makes a new one. `revision` is the number of its last change, `position` that of its
creation; both count the changes of its user. Times are UTC, in whole milliseconds.
"""

from typing import Any, ClassVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from bitworks.core.ids import Revision

# A JSON object whose keys are not ours to know.
Json = dict[str, Any]


class Record:
    """A row as every door shows it: a frozen dataclass, whose fields are those of the wire, in that order.

    `kind` names it in events, such as `conversation` in `conversation:created`.
    """

    __slots__ = ()
    kind: ClassVar[str]
    id: str
    position: Revision
    revision: Revision

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Which records there are is not known here: whoever describes them names the kinds."""
        return core_schema.any_schema() if source is Record else handler(source)


class Tombstone:
    """What is left of a deleted row: its id, the revision of its deletion, and what receivers need."""

    __slots__ = ()
    kind: ClassVar[str]
    id: str
    revision: Revision

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """As `Record`."""
        return core_schema.any_schema() if source is Tombstone else handler(source)
