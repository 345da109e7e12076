"""Cursors: "everything up to here".

Inside is the database's epoch and a revision. A cursor of another epoch (a restored backup, a failover
that lost commits) counts something else, so it is never compared with one of ours.
"""

import re
from dataclasses import dataclass

from bitworks.core.errors import InvalidInput
from bitworks.core.ids import Revision

MAX_REVISION = 2**53 - 1
_FORM = re.compile(r"([0-9a-f]{1,32})\.(0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a user's history. The beginning has no epoch: it is the same in all of them."""

    epoch: str | None
    revision: Revision

    def __str__(self) -> str:
        return "0" if self.epoch is None else f"{self.epoch}.{self.revision}"


BEGINNING = Cursor(None, Revision(0))


def parse_cursor(text: str, *, field: str = "since") -> Cursor:
    """The cursor that this text stands for. Raises `InvalidInput` naming `field` for any other text."""
    if text == "0":
        return BEGINNING
    found = _FORM.fullmatch(text)
    if found is None or int(found[2]) > MAX_REVISION:
        raise InvalidInput.of(field, 'is not a cursor; use one that the server gave, or "0"')
    return Cursor(found[1], Revision(int(found[2])))
