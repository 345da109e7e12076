"""What the devices felt, in seconds, read from a ledger. Pure."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bench.faults.ledger import Ledger

NORMAL_LAG = 0.5
"""a delivery above it is no longer live, on a machine that is busy with the bench itself"""
NORMAL_FOR = 1.0
"""so long everything has to be normal, for a fault to count as healed"""
STEP = 0.05
BIN = 0.25


@dataclass(frozen=True, slots=True)
class Marks:
    """When the load began, the fault began, its last action was done, and the load ended."""

    began: float
    broken: float
    healed: float
    ended: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """`lag` is the time from the first proof of the commit (the acknowledgement, or an arrival anywhere) to
    the arrival. `live`: the device was connected and up to date all that while.
    """

    device: int
    at: float
    lag: float
    live: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """A quarter of a second of the run: for the plots. Lags are in seconds, None without a delivery."""

    at: float
    acknowledged: int
    middle: float | None
    worst: float | None


def deliveries(ledger: Ledger) -> list[Delivery]:
    """Every arrival of a message that the load wrote, in order of device and time."""
    known = _known(ledger)
    return [
        Delivery(device, one.at, max(one.at - known[one.id], 0.0), _present(presence, known[one.id], one.at))
        for device, presence in enumerate(ledger.presence)
        for one in ledger.arrivals[device]
        if one.id in known
    ]


def _known(ledger: Ledger) -> dict[str, float]:
    """When each write was first known to be committed."""
    known = {one.id: one.acknowledged for one in ledger.writes if one.acknowledged is not None}
    written = {one.id for one in ledger.writes}
    for of_device in ledger.arrivals:
        for one in of_device:
            if one.id in written:
                known[one.id] = min(known.get(one.id, one.at), one.at)
    return known


def _present(presence: list[tuple[float, bool]], since: float, until: float) -> bool:
    """Whether the device was up to date from before `since` until `until`."""
    before = bisect_right(presence, (since, True)) - 1
    return before >= 0 and presence[before][1] and bisect_right(presence, (until, True)) - 1 == before


def longest_lag(delivered: list[Delivery]) -> float:
    """Of a device that was there all the while."""
    return max((one.lag for one in delivered if one.live), default=0.0)


def longest_silence(ledger: Ledger, marks: Marks) -> float:
    """The longest time, while the load wrote, that some device received nothing, there or not."""
    return max((_silence([one.at for one in device], marks) for device in ledger.arrivals), default=0.0)


def _silence(times: list[float], marks: Marks) -> float:
    inside = [at for at in times if marks.began < at < marks.ended]
    return max(later - earlier for earlier, later in pairwise([marks.began, *inside, marks.ended]))


def time_to_heal(ledger: Ledger, delivered: list[Delivery], marks: Marks) -> float | None:
    """From the last action of the fault until every device is there, and receives, and nothing comes late.

    All of it must hold for `NORMAL_FOR` while the load goes on; None if it never did.
    """
    late = sorted(one.at for one in delivered if one.lag > NORMAL_LAG)
    times: list[list[float]] = [[] for _ in ledger.owners]
    for one in delivered:
        times[one.device].append(one.at)
    for at in _steps(marks.healed, marks.ended - NORMAL_FOR):
        if _any_in(late, at) or not all(_any_in(device, at) for device in times):
            continue
        if all(_present(presence, at, at + NORMAL_FOR) for presence in ledger.presence):
            return at - marks.healed
    return None


def _steps(start: float, end: float) -> Iterator[float]:
    return (start + number * STEP for number in range(max(int((end - start) / STEP), 0)))


def _any_in(times: list[float], start: float) -> bool:
    place = bisect_left(times, start)
    return place < len(times) and times[place] < start + NORMAL_FOR


def load_held(ledger: Ledger, marks: Marks) -> float:
    """Writes acknowledged a second, from the beginning of the load to its end."""
    answered = sum(one.acknowledged is not None and one.acknowledged <= marks.ended for one in ledger.writes)
    return answered / (marks.ended - marks.began)


def p99_until_acknowledged(ledger: Ledger, marks: Marks) -> float:
    """Of the writes that were sent while the fault lasted. One without an answer took until the load ended."""
    took = sorted(
        (marks.ended if one.acknowledged is None else one.acknowledged) - one.sent
        for one in ledger.writes
        if marks.broken <= one.sent <= marks.healed
    )
    return took[len(took) * 99 // 100] if took else 0.0


def errors_by_kind(ledger: Ledger) -> dict[str, int]:
    return dict(Counter(kind for _, kind in ledger.errors).most_common())


def bins(ledger: Ledger, delivered: list[Delivery], marks: Marks) -> list[Bin]:
    """The run in quarters of a second, counted from its beginning."""
    number = int((marks.ended - marks.began) / BIN) + 1
    answered = Counter(
        int((one.acknowledged - marks.began) / BIN) for one in ledger.writes if one.acknowledged
    )
    lags: list[list[float]] = [[] for _ in range(number)]
    for one in delivered:
        if marks.began <= one.at <= marks.ended:
            lags[int((one.at - marks.began) / BIN)].append(one.lag)
    return [_bin(place, answered[place], sorted(of_bin)) for place, of_bin in enumerate(lags)]


def _bin(place: int, answered: int, lags: list[float]) -> Bin:
    if not lags:
        return Bin(place * BIN, answered, None, None)
    return Bin(place * BIN, answered, lags[len(lags) // 2], lags[-1])
