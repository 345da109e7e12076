"""The order of one user's changes, whatever the channel did to them."""

from hypothesis import given
from hypothesis import strategies as st

from bitworks.core.ids import Revision
from bitworks.realtime.delivery.sequence import RevisionSequence

REVISIONS = st.lists(st.integers(1, 30).map(Revision), max_size=80)


@given(REVISIONS)
def test_what_is_let_through_is_in_order_without_hole_or_repetition(arrivals: list[Revision]) -> None:
    sequence: RevisionSequence[str] = RevisionSequence(Revision(0))
    through = [revision for arrival in arrivals for revision, _ in sequence.receive(arrival, "")]
    assert through == list(range(1, len(through) + 1))
    assert sequence.head == len(through)


@given(REVISIONS)
def test_a_gap_is_known_exactly_while_something_is_missing(arrivals: list[Revision]) -> None:
    sequence: RevisionSequence[str] = RevisionSequence(Revision(0))
    for arrival in arrivals:
        sequence.receive(arrival, "")
    assert sequence.has_gap == (bool(arrivals) and set(range(1, max(arrivals) + 1)) > set(arrivals))


@given(REVISIONS, st.integers(0, 30).map(Revision))
def test_after_catching_up_nothing_at_or_below_is_let_through_again(
    arrivals: list[Revision], caught_up: Revision
) -> None:
    sequence: RevisionSequence[str] = RevisionSequence(Revision(0))
    through = [revision for arrival in arrivals for revision, _ in sequence.receive(arrival, "")]
    after = [revision for revision, _ in sequence.caught_up(caught_up)]
    after += [revision for arrival in arrivals for revision, _ in sequence.receive(arrival, "")]
    assert all(revision > max(caught_up, len(through)) for revision in after)
    assert after == sorted(set(after))


def test_hearing_of_a_revision_opens_a_gap_without_letting_anything_through() -> None:
    sequence: RevisionSequence[str] = RevisionSequence(Revision(5))
    sequence.note_revision(Revision(7))
    assert sequence.has_gap
    assert sequence.head == 5
    assert sequence.caught_up(Revision(7)) == []
    assert not sequence.has_gap


def test_what_was_announced_and_does_not_exist_is_forgotten() -> None:
    sequence: RevisionSequence[str] = RevisionSequence(Revision(5))
    sequence.receive(Revision(1_000), "a lie")
    sequence.truncate()
    assert not sequence.has_gap
    assert sequence.receive(Revision(6), "true") == [(6, "true")]
    assert not sequence.has_gap
