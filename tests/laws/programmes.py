"""Programmes: what several people, their devices and the faults around them do, one step after the other.

Everything is drawn before anything runs, so a programme can be printed, run again, and made smaller.
"""

import itertools
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.laws.devices import Since
from tests.laws.disturbance import FATES, Fate
from tests.support.roads import State

PEOPLE = 2
DEVICES = 3  # of each person
INSTANCES = 2
CONVERSATIONS = 3  # ids of each person; the same ids for everybody, for an id is unique within its user
MESSAGES = 10
CONTEXTS = 3
TEXTS = 6  # messages that grow
VALUES = 5  # a message of the last is too large for Redis


@dataclass(frozen=True, slots=True)
class Write:
    """`door` is the REST of an instance, or after those the socket of a device, if that is there.

    `seen` is the `if_revision`: none, what the writer was answered last, or what it was before.
    """

    person: int
    event: str
    row: int
    conversation: int = 0
    value: int = 0
    seen: str = "unsaid"
    door: int = 0


@dataclass(frozen=True, slots=True)
class Produce:
    """A call of whoever writes a message that grows. `door` is as in `Write`.

    Producers of an even row all write the same text, and say where each part of it begins: where they were
    told that the message ends, or `back` from there, or `beyond`. Those of an odd row just add a word.
    """

    person: int
    verb: str
    row: int
    where: str = "next"
    units: int = 1
    conversation: int = 0
    door: int = 0


@dataclass(frozen=True, slots=True)
class Kill:
    """An instance loses what it holds and has not written, and every connection of a device."""

    instance: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Of no producer was anything heard for a minute, and an instance looks."""

    instance: int


@dataclass(frozen=True, slots=True)
class Connect:
    """`wait`: only when it is live does the programme go on."""

    person: int
    device: int
    instance: int
    since: Since = "own"
    wait: bool = True
    cut_after: int | None = None
    max_changes: int | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    person: int
    device: int


@dataclass(frozen=True, slots=True)
class Read:
    """Whether a device takes what it is sent."""

    person: int
    device: int
    on: bool


@dataclass(frozen=True, slots=True)
class Pull:
    """A device that is away reads one page of changes over REST."""

    person: int
    device: int
    instance: int
    limit: int


@dataclass(frozen=True, slots=True)
class Disturb:
    """What becomes of the notices that an instance gives out, or that reach it, in turn."""

    instance: int
    where: str
    fates: tuple[Fate, ...]


@dataclass(frozen=True, slots=True)
class Road:
    """How an instance gets to Redis."""

    instance: int
    state: State


@dataclass(frozen=True, slots=True)
class CutRoad:
    """Redis drops an instance's connections, and takes new ones at once."""

    instance: int


@dataclass(frozen=True, slots=True)
class Wait:
    milliseconds: int


Single = Write | Produce | Kill | Silence | Connect | Leave | Read | Pull | Disturb | Road | CutRoad | Wait


@dataclass(frozen=True, slots=True)
class Together:
    """Steps that begin at the same time."""

    steps: tuple[Single, ...]


Step = Single | Together


@dataclass(frozen=True, slots=True)
class Programme:
    """`page` is how many changes the server reads at a time for a device."""

    page: int
    steps: tuple[Step, ...]


def _mixed(*choices: tuple[int, Any]) -> st.SearchStrategy[Any]:
    """One of these, each as often as its weight says."""
    return st.sampled_from([what for weight, what in choices for _ in range(weight)])


def _mixture(*choices: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    return _mixed(*choices).flatmap(lambda chosen: chosen)


people = st.integers(0, PEOPLE - 1)
devices = st.integers(0, DEVICES - 1)
instances = st.integers(0, INSTANCES - 1)

# A deletion takes much away, and its ids for ever.
events = _mixed(
    (8, "message:create"),
    (4, "message:update"),
    (2, "message:delete"),
    (2, "conversation:create"),
    (2, "conversation:update"),
    (1, "conversation:delete"),
    (2, "context:create"),
    (2, "context:update"),
    (1, "context:delete"),
)


def _writes(values: int) -> st.SearchStrategy[Write]:
    return st.builds(
        Write,
        person=people,
        event=events,
        row=st.integers(0, MESSAGES - 1),
        conversation=_mixed((6, 0), (3, 1), (1, 2)),
        value=st.integers(0, values - 1),
        seen=_mixed((3, "unsaid"), (2, "now"), (1, "before")),
        door=st.integers(0, INSTANCES + DEVICES - 1),
    )


writes = _writes(VALUES)
small_writes = _writes(VALUES - 1)
connects = st.builds(
    Connect,
    person=people,
    device=devices,
    instance=instances,
    since=_mixed((5, "own"), (2, "beginning"), (1, "now")),
    wait=st.booleans(),
    cut_after=_mixed((4, None), (1, 1), (1, 2), (1, 4)),
    max_changes=_mixed((8, None), (1, 0), (1, 3)),
)
comings_and_goings = _mixture(
    (3, connects),
    (1, st.builds(Leave, people, devices)),
    (2, st.builds(Read, people, devices, st.booleans())),
    (1, st.builds(Pull, people, devices, instances, st.integers(1, 3))),
)
disturbances = st.builds(
    Disturb,
    instances,
    _mixed((1, "speaking"), (2, "hearing"), (1, "telling")),
    st.lists(st.sampled_from(FATES), max_size=4).map(tuple),
)
faults = _mixture(
    (4, disturbances),
    (2, st.builds(Road, instances, st.sampled_from(("open", "closed", "blocked")))),
    (1, st.builds(CutRoad, instances)),
    (2, st.builds(Wait, st.sampled_from((1, 10, 60, 120)))),
)
bursts = st.lists(_mixture((5, writes), (1, comings_and_goings)), min_size=2, max_size=8).map(
    lambda steps: Together(tuple(steps))
)
whatever = _mixture((6, writes), (2, bursts), (3, comings_and_goings), (2, faults))


def _chapters(step: st.SearchStrategy[Step], most: int) -> st.SearchStrategy[tuple[Step, ...]]:
    """Long enough for something to happen: a list of lists is longer than a list, and becomes as small."""
    chapters = st.lists(st.lists(step, max_size=12), max_size=most)
    return chapters.map(lambda some: tuple(itertools.chain(*some)))


def programmes(most: int) -> st.SearchStrategy[Programme]:
    """Anything at all, in at most so many chapters."""
    steps = _chapters(whatever, most)
    return st.builds(Programme, page=st.sampled_from((1, 2, 3, 200)), steps=steps)


verbs = _mixed((4, "open"), (28, "append"), (1, "finish"), (1, "stop"), (1, "delete"))
# Odd sizes split pairs. The last two cross the parts in which text is handed on, and what Redis carries.
sizes = _mixed((2, 0), (4, 1), (4, 7), (4, 40), (2, 701), (1, 9_001), (1, 70_001))
calls = st.builds(
    Produce,
    person=people,
    verb=verbs,
    row=_mixed((8, 0), (8, 1), (2, 2), (2, 3), (1, 4), (1, 5)),
    where=_mixed((4, "next"), (2, "back"), (1, "beyond")),
    units=sizes,
    conversation=_mixed((4, 0), (1, 1)),
    door=st.integers(0, INSTANCES + DEVICES - 1),
)
# Two for everybody to begin with, owned by different instances.
OPENINGS = tuple(Produce(person, "open", row, door=row) for person in range(PEOPLE) for row in range(2))
kills = _mixture((2, st.builds(Kill, instances)), (1, st.builds(Silence, instances)))


def growing(most: int) -> st.SearchStrategy[Programme]:
    """Messages that grow, under everything that can happen to those who write them and those who look on."""
    together = st.lists(_mixture((6, calls), (1, comings_and_goings)), min_size=2, max_size=8)
    bursts = together.map(lambda steps: Together(tuple(steps)))
    step = _mixture((10, calls), (3, bursts), (3, comings_and_goings), (2, faults), (1, kills), (1, writes))
    steps = _chapters(step, most).map(lambda steps: OPENINGS + steps)
    return st.builds(Programme, page=st.sampled_from((1, 2, 200)), steps=steps)


def growing_undisturbed(most: int) -> st.SearchStrategy[Programme]:
    """Messages that grow, alone and together, and nothing else."""
    together = st.lists(calls, min_size=2, max_size=8).map(lambda steps: Together(tuple(steps)))
    steps = _chapters(st.one_of(calls, together), most).map(lambda steps: OPENINGS + steps)
    return st.builds(Programme, page=st.just(200), steps=steps)


def undisturbed(most: int) -> st.SearchStrategy[Programme]:
    """Writing what Redis carries, alone and together, and nothing else."""
    together = st.lists(small_writes, min_size=2, max_size=8).map(lambda steps: Together(tuple(steps)))
    steps = _chapters(st.one_of(small_writes, together), most)
    return st.builds(Programme, page=st.just(200), steps=steps)
