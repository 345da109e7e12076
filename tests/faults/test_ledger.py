"""The judge of the fault bench: it must see what is wrong, or its zeros mean nothing."""

from collections.abc import Callable

import orjson
import pytest

from bench.faults.attacks import empty_objects, nested, unknown_keys
from bench.faults.bars import MEGABYTE, Bar, Outcome, over
from bench.faults.form import FULL, SHORT
from bench.faults.ledger import Arrival, Ledger, Row, Write, judge
from bench.faults.programme import compare_memory
from bench.faults.timing import (
    Marks,
    bins,
    deliveries,
    load_held,
    longest_lag,
    longest_silence,
    p99_until_acknowledged,
    time_to_heal,
)

ROWS: list[list[Row]] = [[("a", 2), ("b", 3), ("c", 4)]]


def a_ledger(*arrived: tuple[str, int]) -> Ledger:
    """One user who wrote a, b and c, and one device."""
    writes = [Write(0, id_, n, n + 0.1, n + 1) for n, id_ in enumerate("abc", 1)]
    arrivals = [Arrival(n + 0.2, revision, id_) for n, (id_, revision) in enumerate(arrived, 1)]
    return Ledger(["ana"], [0], writes, [arrivals], [[(0.0, True)]], [])


WHOLE = (("a", 2), ("b", 3), ("c", 4))


def breaches(ledger: Ledger, rows: list[list[Row]] = ROWS) -> list[str]:
    return [one.breach for one in judge(ledger, rows)]


def test_what_arrived_once_and_in_order_is_in_order() -> None:
    assert breaches(a_ledger(*WHOLE)) == []


@pytest.mark.parametrize(
    ("arrived", "found"),
    [
        ((("a", 2), ("c", 4)), ["lost"]),
        ((("a", 2), ("b", 3)), ["lost"]),
        ((), ["lost", "lost", "lost"]),
        ((*WHOLE, ("c", 4)), ["doubled"]),
        ((("a", 2), ("a", 2), ("b", 3), ("c", 4)), ["doubled"]),
        ((("a", 2), ("c", 4), ("b", 3)), ["disordered"]),
        ((("a", 2), ("b", 3), ("c", 5)), ["invented"]),
        ((*WHOLE, ("d", 5)), ["invented"]),
    ],
)
def test_what_a_device_was_sent_wrongly_is_found(
    arrived: tuple[tuple[str, int], ...], found: list[str]
) -> None:
    assert breaches(a_ledger(*arrived)) == found


def test_one_id_at_two_revisions_is_doubled() -> None:
    assert "doubled" in breaches(a_ledger(*WHOLE, ("c", 5)))


def test_an_acknowledged_write_that_postgresql_does_not_have_is_lost() -> None:
    assert breaches(a_ledger(("a", 2), ("b", 3)), [[("a", 2), ("b", 3)]]) == ["lost"]


def test_a_row_that_was_never_acknowledged_must_still_arrive() -> None:
    ledger = a_ledger(("a", 2), ("b", 3))
    ledger.writes[2].acknowledged = ledger.writes[2].revision = None
    assert sorted(breaches(ledger)) == ["lost", "unanswered"]


def test_an_acknowledgement_of_another_revision_is_invented() -> None:
    ledger = a_ledger(*WHOLE)
    ledger.writes[1].revision = 7
    assert breaches(ledger) == ["invented"]


@pytest.mark.parametrize("rows", [[*ROWS[0], ("c", 5)], [*ROWS[0], ("d", 4)]])
def test_two_rows_of_one_id_or_of_one_revision_are_doubled(rows: list[Row]) -> None:
    assert "doubled" in breaches(a_ledger(*WHOLE), [rows])


def test_devices_are_judged_apart() -> None:
    ledger = a_ledger(*WHOLE)
    ledger.owners.append(0)
    ledger.arrivals.append(ledger.arrivals[0][:2])
    ledger.presence.append([])
    assert [one.detail for one in judge(ledger, ROWS)] == ["device 1 was never sent c (4)"]


def test_a_ledger_comes_back_from_its_file_as_it_was() -> None:
    ledger = a_ledger(*WHOLE)
    ledger.errors.append((1.0, "transport closed"))
    assert Ledger.from_json(ledger.to_json()) == ledger


# Timing

MARKS = Marks(began=0.0, broken=5.0, healed=10.0, ended=20.0)


def a_run(late: float = 0.0, *, away: tuple[float, float] | None = None) -> Ledger:
    """A write every 0.1 s, which arrives 0.01 s after its acknowledgement; but while the fault lasts, and so
    long after it, those arrive only when that is over. `away`: the device lost its transport in between.
    """
    ledger = Ledger(["ana"], [0], [], [[]], [[(-1.0, True)]])
    for number in range(1, 200):
        at = number / 10
        ledger.writes.append(Write(0, str(number), at, at, number))
        over_at = MARKS.healed + late
        arrival = over_at if MARKS.broken < at < over_at else at
        ledger.arrivals[0].append(Arrival(arrival + 0.01, number, str(number)))
    if away is not None:
        ledger.presence[0] += [(away[0], False), (away[1], True)]
    return ledger


def test_a_run_heals_when_the_last_late_change_has_come() -> None:
    ledger = a_run(late=2.0)
    assert time_to_heal(ledger, deliveries(ledger), MARKS) == pytest.approx(2.0, abs=0.1)


def test_a_run_that_never_comes_back_has_not_healed() -> None:
    ledger = a_run(late=9.8)
    assert time_to_heal(ledger, deliveries(ledger), MARKS) is None


def test_a_device_that_is_away_has_not_healed() -> None:
    ledger = a_run(away=(9.0, 14.0))
    assert time_to_heal(ledger, deliveries(ledger), MARKS) == pytest.approx(4.0, abs=0.1)


def test_silence_is_not_healing() -> None:
    ledger = a_run()
    ledger.arrivals[0] = [one for one in ledger.arrivals[0] if not 9.0 < one.at < 13.0]
    healed = time_to_heal(ledger, deliveries(ledger), MARKS)
    assert healed is not None
    assert healed > 1.9


def test_lag_counts_for_who_was_there_and_silence_for_all() -> None:
    there, gone = a_run(late=1.0), a_run(late=1.0, away=(5.0, 10.9))
    assert longest_lag(deliveries(there)) == pytest.approx(5.91, abs=0.1)
    assert longest_lag(deliveries(gone)) < 0.2
    assert longest_silence(gone, MARKS) == pytest.approx(6.0, abs=0.1)


def test_the_load_and_its_bins_count_every_acknowledged_write() -> None:
    ledger = a_run()
    assert load_held(ledger, MARKS) == pytest.approx(9.95)
    assert sum(one.acknowledged for one in bins(ledger, deliveries(ledger), MARKS)) == 199


def test_writes_that_are_sent_during_the_fault_are_timed_and_no_others() -> None:
    ledger = a_run()
    assert p99_until_acknowledged(ledger, MARKS) < 0.2
    for one in ledger.writes:
        if one.sent > MARKS.healed or one.sent < MARKS.broken:
            one.acknowledged = one.sent + 9.0
    assert p99_until_acknowledged(ledger, MARKS) < 0.2
    for one in ledger.writes:
        one.acknowledged = None
    assert p99_until_acknowledged(ledger, MARKS) > MARKS.ended - MARKS.healed


# Bars


def an_outcome(**changed: object) -> Outcome:
    within: dict[str, object] = {
        "name": "x", "about": "x", "load": 600.0, "acknowledged": 1, "lost": 0, "doubled": 0, "disordered": 0,
        "invented": 0, "unanswered": 0, "lag": 0.1, "silence": 0.1, "p99": 0.1, "heal": 0.1, "memory_before": 1,
        "memory_peak": 1, "errors": {}, "figures": {}, "violations": [], "complaints": [], "notes": [],
        "marks": MARKS, "bins": [],
    }  # fmt: skip
    return Outcome(**{**within, **changed})  # type: ignore[arg-type]  # the fields above, by name


def test_a_row_within_its_bar_is_told_nothing() -> None:
    assert over(an_outcome(), Bar(lag=2.0, heal=1.0, errors=()), FULL) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"lost": 1},
        {"doubled": 1},
        {"disordered": 1},
        {"invented": 1},
        {"unanswered": 1},
        {"load": 499.0},
        {"lag": 2.1},
        {"heal": None},
        {"heal": 1.1},
        {"errors": {"no answer in time": 1}},
        {"figures": {"ghosts": 1.0}},
    ],
)
def test_a_row_over_its_bar_is_told_so(changed: dict[str, object]) -> None:
    bar = Bar(lag=2.0, heal=1.0, errors=(), figures={"ghosts": 0.0})
    assert len(over(an_outcome(**changed), bar, FULL)) == 1


def test_an_error_that_passes_is_no_surprise_and_one_of_ours_is() -> None:
    assert over(an_outcome(errors={"answer: unavailable": 9}), Bar(), FULL) == []
    assert over(an_outcome(errors={"answer: internal_error": 1}), Bar(), FULL) != []


def test_the_short_form_asks_for_no_load_and_heals_in_its_own_time() -> None:
    assert over(an_outcome(load=1.0, heal=20.0), Bar(heal=1.0), SHORT) == []


def test_a_row_whose_writes_wait_or_whose_devices_hear_nothing_is_over_its_bar() -> None:
    assert over(an_outcome(), Bar(p99=0.25, silence=1.0), FULL) == []
    assert over(an_outcome(p99=0.3), Bar(p99=0.25), FULL) != []
    assert over(an_outcome(silence=1.5), Bar(silence=1.0), FULL) != []


def test_memory_is_judged_against_the_run_that_the_bar_names_and_only_if_there_is_one() -> None:
    quiet = an_outcome(name="strangers-none", memory_peak=200 * MEGABYTE)
    attacked = an_outcome(name="strangers-silent", memory_peak=351 * MEGABYTE)
    compare_memory([attacked])
    assert attacked.over == []
    for _ in range(2):
        compare_memory([attacked, quiet])
        assert attacked.over == ["MB more than strangers-none: 151, over 150"]
    attacked.memory_peak = 349 * MEGABYTE
    compare_memory([attacked, quiet])
    assert attacked.over == []


# Attacks


@pytest.mark.parametrize("make", [nested, unknown_keys, empty_objects])
def test_a_body_that_costs_much_is_json_of_the_size_that_was_asked_for(make: Callable[[int], bytes]) -> None:
    body = make(10_000)
    assert 9_000 < len(body) <= 10_000
    orjson.loads(make(400))
