"""What a row of the table is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from bench.contenders import Contender, Machines

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Form:
    """How large a run is. `share` of the devices, rows and rates of the full form; times are in seconds."""

    name: Literal["full", "short"]
    rounds: int
    measure: float
    share: float

    def of(self, count: int) -> int:
        return max(int(count * self.share), 2)


FULL = Form("full", rounds=5, measure=4.0, share=1.0)
SHORT = Form("short", rounds=2, measure=1.0, share=0.02)


@dataclass(frozen=True, slots=True)
class Bar:
    """On the median of ours: a factor of a peer's median, or a bound where `against` is None."""

    figure: str
    kind: Literal["at most", "at least"]
    factor: float
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A figure by which two trees of ours are compared, and whether less of it or more is better."""

    figure: str
    unit: str
    better: Literal["less", "more"] = "less"


@dataclass(frozen=True, slots=True)
class Curve:
    """Figures named by `at`, over a size, for the plot. `share`: a short run makes the sizes smaller.
    `straight`: proportional growth is expected, and drawn; else level.
    """

    dimension: str
    unit: str
    sizes: tuple[int, ...]
    lines: tuple[str, ...]
    share: bool = True
    straight: bool = False


def at(line: str, size: int) -> str:
    return f"{line} at {size:,}"


Measurement = Callable[[Machines, Contender, Form], Awaitable[Figures]]


@dataclass(frozen=True, slots=True)
class Row:
    """`units` names each figure's unit, and thereby the figures that the table shows."""

    name: str
    about: str
    contenders: tuple[str, ...]
    measure: Measurement
    units: dict[str, str]
    bars: tuple[Bar, ...] = ()
    rounds: int | None = field(default=None)
    """where it needs fewer: what is compared is within each round"""
    curve: Curve | None = None
    judged: tuple[Judged, ...] = ()
    """empty: the row does not compare two trees"""
