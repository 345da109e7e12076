"""The page that a statement returns, read in one snapshot."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from bitworks.core.cursors import Cursor

RowT = TypeVar("RowT")

PAGE_BYTES = 1024 * 1024
"""Bytes of content after which a page ends, though its limit of rows is not reached."""


@dataclass(frozen=True, slots=True)
class StoredPage(Generic[RowT]):
    """Rows of one statement, up to a limit of rows or of bytes."""

    rows: list[RowT]
    """The rows, in the order of the statement."""
    cursor: Cursor
    """The cursor of the snapshot; of a page of changes, where the page ends."""
    more: bool
    """Whether rows follow in the direction asked for."""
