"""A page of rows, read in one snapshot."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from bitworks.core.cursors import Cursor

Row = TypeVar("Row")

# A page ends at its limit of rows or here, in bytes of content, whatever comes first.
PAGE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`cursor` is that of the snapshot; `more` says whether rows follow in the direction asked for."""

    rows: list[Row]
    cursor: Cursor
    more: bool
