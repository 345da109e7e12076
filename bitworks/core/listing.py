"""A page as both doors give it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from bitworks.core.cursors import Cursor

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Listing(Generic[RowT]):
    """`cursor` is that of the snapshot that was read.

    `next` has the fields of the input that asks for the page after this one; None at the end.
    """

    rows: list[RowT]
    cursor: Cursor
    next: dict[str, object] | None
