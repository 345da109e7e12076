"""What a client process is to do, and what it counts."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """`kind`: `write` (each user's first device sends on, as soon as it is answered), `pace` (at `rate` a
    second in all), `stream` (deltas, at `rate`, to one reply for each user), `typing` (at `rate`, without a
    database), `idle`. `watch` names the processes whose CPU is read. Times are in seconds.

    The servers are left alone for `settle` first: what they load in the background when they start is no
    part of what follows. Only the first `writers` users write, if it is given. Users are spread over `port`
    and `other_ports`.
    What is watched is first left alone for `rest`, and at the end asked for `reads` times `page`.
    """

    kind: str
    port: int
    ours: bool
    accounts: list[tuple[str, str, str]]
    watch: dict[str, int]
    devices: int = 3
    rate: float = 0.0
    settle: float = 0.0
    warm: float = 1.0
    measure: float = 4.0
    since: str | None = None
    at_once: int = 64
    last_arrivals: bool = False
    writers: int | None = None
    other_ports: list[int] = field(default_factory=list)
    rest: float = 0.0
    page: str = ""
    reads: int = 0


@dataclass(slots=True)
class Counts:
    """What arrived within the measured time."""

    answers: int = 0
    deliveries: int = 0
    deltas: int = 0
    latencies: list[float] = field(default_factory=list)


def percentiles(values: list[float]) -> dict[str, float]:
    """Of seconds; empty where there are none."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return {f"p{p}": ordered[round(last * p / 100)] for p in (50, 90, 99, 100)} if ordered else {}
