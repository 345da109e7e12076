"""What was written and what arrived, and the judgement over it. Pure: it knows no clock and no server.

The load only creates messages, so nothing is ever overtaken: of each user every row that PostgreSQL holds
must reach every device exactly once, at the revision that the row has, in rising order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

import orjson

Row = tuple[str, int]
"""id and revision of a message in PostgreSQL"""
Breach = Literal["lost", "doubled", "disordered", "invented", "unanswered"]


@dataclass(slots=True)
class Write:
    """Times are seconds of one monotonic clock. `acknowledged` and `revision` are None until it is."""

    user: int
    id: str
    sent: float
    acknowledged: float | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A change at a device."""

    at: float
    revision: int
    id: str


@dataclass(slots=True)
class Ledger:
    """`owners` gives the user (an index into `users`) of each device; `arrivals` and `presence` are by
    device, in order of time. `presence` says when a device was up to date and when it lost its transport.
    """

    users: list[str]
    owners: list[int]
    writes: list[Write] = field(default_factory=list)
    arrivals: list[list[Arrival]] = field(default_factory=list)
    presence: list[list[tuple[float, bool]]] = field(default_factory=list)
    errors: list[tuple[float, str]] = field(default_factory=list)

    def to_json(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        read = orjson.loads(data)
        return cls(
            users=read["users"],
            owners=read["owners"],
            writes=[Write(**one) for one in read["writes"]],
            arrivals=[[Arrival(**one) for one in device] for device in read["arrivals"]],
            presence=[[(at, here) for at, here in device] for device in read["presence"]],
            errors=[(at, kind) for at, kind in read["errors"]],
        )


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was not kept, with what is needed to look into it."""

    breach: Breach
    detail: str


def judge(ledger: Ledger, rows: Sequence[Sequence[Row]]) -> list[Violation]:
    """`rows` are the users' messages in PostgreSQL, by the index of the user."""
    found: list[Violation] = []
    for user in range(len(ledger.users)):
        found += _judge_rows(user, rows[user])
    stored = [dict(of_user) for of_user in rows]
    for write in ledger.writes:
        found += _judge_write(write, stored[write.user])
    for device, owner in enumerate(ledger.owners):
        found += _judge_device(device, ledger.arrivals[device], stored[owner])
    return found


def count(violations: Sequence[Violation], breach: Breach) -> int:
    return sum(one.breach == breach for one in violations)


def _judge_rows(user: int, rows: Sequence[Row]) -> Iterator[Violation]:
    for name, values in (("id", [id_ for id_, _ in rows]), ("revision", [number for _, number in rows])):
        if (surplus := len(values) - len(set(values))) > 0:
            yield Violation("doubled", f"user {user} has {surplus} rows of one {name} in PostgreSQL")


def _judge_write(write: Write, stored: dict[str, int]) -> Iterator[Violation]:
    if write.acknowledged is None:
        yield Violation("unanswered", f"{write.id} was never acknowledged")
    elif write.id not in stored:
        yield Violation("lost", f"{write.id} was acknowledged and is not in PostgreSQL")
    elif write.revision != stored[write.id]:
        yield Violation(
            "invented", f"{write.id} was acknowledged as {write.revision}, and is {stored[write.id]}"
        )


def _judge_device(device: int, arrivals: Sequence[Arrival], stored: dict[str, int]) -> Iterator[Violation]:
    seen: set[int] = set()
    ids: set[str] = set()
    last = 0
    for one in arrivals:
        if one.revision in seen or one.id in ids:
            yield Violation("doubled", f"device {device} was sent {one.id} ({one.revision}) twice")
        elif one.revision < last:
            yield Violation("disordered", f"device {device} was sent {one.revision} after {last}")
        if stored.get(one.id) != one.revision:
            yield Violation("invented", f"device {device} was sent {one.id} as {one.revision}")
        seen.add(one.revision)
        ids.add(one.id)
        last = max(last, one.revision)
    for id_ in stored.keys() - ids:
        yield Violation("lost", f"device {device} was never sent {id_} ({stored[id_]})")
