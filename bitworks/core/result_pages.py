"""The page that an operation returns, whichever door it is shown through."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from bitworks.core.cursors import Cursor

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class ResultPage(Generic[RowT]):
    """A part of a list, and the request for the part after it."""

    rows: list[RowT]
    """The rows, in the order of the list."""
    cursor: Cursor
    """The cursor of the snapshot that was read: changes after it are not in `rows`."""
    next: dict[str, object] | None
    """The fields of the request for the next page; None at the end of the list."""
