"""What a row may show at most, and what one that shows more is told. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.faults.form import Form
from bench.faults.timing import Bin, Marks

MEGABYTE = 1024 * 1024
# What a client may meet where PostgreSQL or an instance fails: it comes back, or asks again, by itself.
PASSING = (
    "answer: unavailable",
    "no answer in time",
    "transport closed",
    "heartbeat stopped",
    "no connection",
    "closed before it was open",
)


@dataclass(frozen=True, slots=True)
class Bar:
    """Beside what holds for every row: nothing lost, doubled, disordered, invented or unanswered.

    `lag` is for devices that were connected all the while, in seconds. `heal` is None where the form's own
    bar holds; without `heals` nothing is mended. `errors` are those that clients may see, by how they begin.
    `p99`: seconds in which 99 of 100 writes are acknowledged while the fault lasts; `silence`: the most seconds
    in which a device receives nothing. `more_memory`: another fault, and the bytes that an instance may take more
    than in it. `figures` are the most that the fault's own figures may be.
    """

    lag: float | None = None
    heal: float | None = None
    heals: bool = True
    errors: tuple[str, ...] = PASSING
    load: bool = True
    p99: float | None = None
    silence: float | None = None
    more_memory: tuple[str, int] | None = None
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """One row of the table. Times are in seconds, memory in bytes of the largest instance."""

    name: str
    about: str
    load: float
    acknowledged: int
    lost: int
    doubled: int
    disordered: int
    invented: int
    unanswered: int
    lag: float
    silence: float
    p99: float
    heal: float | None
    memory_before: int
    memory_peak: int
    errors: dict[str, int]
    figures: dict[str, float]
    violations: list[str]
    complaints: list[str]
    notes: list[str]
    marks: Marks
    bins: list[Bin]
    over: list[str] = field(default_factory=list)


def over(row: Outcome, bar: Bar, form: Form) -> list[str]:
    """What is too much, in words; nothing if the row is within its bar."""
    return [*_breaches(row), *_slowness(row, bar, form), *_figures(row, bar)]


def _breaches(row: Outcome) -> Iterator[str]:
    for name in ("lost", "doubled", "disordered", "invented", "unanswered"):
        if (number := getattr(row, name)) > 0:
            yield f"{number} {name}"


def _slowness(row: Outcome, bar: Bar, form: Form) -> Iterator[str]:
    if bar.load and row.load < form.least_load:
        yield f"{row.load:.0f} writes/s, under {form.least_load}"
    if bar.lag is not None and row.lag > bar.lag:
        yield f"delivered after {row.lag:.2f} s, over {bar.lag} s"
    if bar.p99 is not None and row.p99 > bar.p99:
        yield f"acknowledged after {row.p99:.2f} s (p99), over {bar.p99} s"
    if bar.silence is not None and row.silence > bar.silence:
        yield f"{row.silence:.2f} s of silence, over {bar.silence} s"
    within = (
        form.heal_within if bar.heal is None else max(bar.heal, form.heal_within * (form.name == "short"))
    )
    if bar.heals and (row.heal is None or row.heal > within):
        yield f"healed after {row.heal:.1f} s, over {within} s" if row.heal is not None else "did not heal"
    if surprising := [kind for kind in row.errors if not kind.startswith(bar.errors)]:
        yield f"errors at clients: {', '.join(surprising)}"


def _figures(row: Outcome, bar: Bar) -> Iterator[str]:
    for name, most in bar.figures.items():
        if row.figures.get(name, 0.0) > most:
            yield f"{name}: {row.figures[name]:.2f}, over {most}"
