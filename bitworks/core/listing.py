"""A page as both doors give it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from bitworks.core.cursors import Cursor
from bitworks.core.records import Json, Record

Row = TypeVar("Row", bound=Record | Json)


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """`next` has the fields of the input that asks for the page after this one; None at the end."""

    rows: list[Row]
    cursor: Cursor
    next: dict[str, object] | None
