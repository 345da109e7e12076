"""Cursors: "everything up to here".

A cursor has the database's epoch and a revision. One of another epoch (a restored backup, a failover that lost
commits) counts other changes, so it is never compared with one of the present epoch.
"""

import re
from dataclasses import dataclass

from bitworks.core.errors import InvalidInput
from bitworks.core.ids import Revision

MAX_REVISION = 2**53 - 1
"""The greatest revision or position: the greatest integer that JavaScript represents exactly."""
_FORM = re.compile(r"([0-9a-f]{1,32})\.(0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A point in a user's history; as text, the form that the contract gives it."""

    epoch: str | None
    """The epoch of the database, up to 32 hex digits; None for the beginning, which is the same in all epochs."""
    revision: Revision
    """The last revision before the point."""

    def __str__(self) -> str:
        return "0" if self.epoch is None else f"{self.epoch}.{self.revision}"


BEGINNING = Cursor(None, Revision(0))
"""The cursor before every change."""


def parse_cursor(text: str, *, field: str = "since") -> Cursor:
    """Returns the cursor of its text form. Raises `InvalidInput`, naming `field`, for any other text."""
    if text == "0":
        return BEGINNING
    found = _FORM.fullmatch(text)
    if found is None or int(found[2]) > MAX_REVISION:
        raise InvalidInput.of(field, 'is not a cursor; use one that the server gave, or "0"')
    return Cursor(found[1], Revision(int(found[2])))
