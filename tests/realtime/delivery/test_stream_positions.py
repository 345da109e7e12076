"""The text of open messages as it arrives on an instance, over a channel that does what it likes."""

from hypothesis import given
from hypothesis import strategies as st

from bitworks.core.ids import MessageId, Revision
from bitworks.realtime.delivery.delivery import Delivery
from bitworks.realtime.delivery.stream_positions import MAX_EARLY_MESSAGES, StreamPositions

ID = MessageId("a")


@given(st.lists(st.integers(1, 5), min_size=1, max_size=12), st.data())
def test_whatever_order_pieces_come_in_what_is_shown_has_no_hole_and_never_shrinks(
    lengths: list[int], data: st.DataObject
) -> None:
    ends = [sum(lengths[: n + 1]) for n in range(len(lengths))]
    pieces = [(end - length, end) for end, length in zip(ends, lengths, strict=True)]
    positions, shown = StreamPositions([ID]), 0
    for start, end in data.draw(st.lists(st.sampled_from(pieces), max_size=40)):
        if positions.receive(ID, start, end):
            assert start <= shown < end
            shown = end
        assert positions.ends[ID] == shown
    positions.note_length(ID, ends[-1])
    assert positions.missing == ({} if shown == ends[-1] else {ID: shown})
    assert positions.receive(ID, 0, ends[-1]) == (shown < ends[-1])
    assert not positions.missing


def test_a_piece_that_comes_before_its_message_is_not_shown_but_missed_once_that_has_come() -> None:
    positions = StreamPositions()
    assert not positions.receive(ID, 0, 3)
    assert not positions.missing
    positions.opened(ID, 0)
    assert positions.missing == {ID: 0}


def test_what_comes_after_the_end_is_dropped_and_not_missed() -> None:
    positions = StreamPositions([ID])
    positions.ended(ID)
    assert not positions.receive(ID, 0, 3)
    positions.drop_early({})
    assert not positions


def test_pieces_of_messages_that_never_come_cost_no_memory() -> None:
    positions = StreamPositions()
    for n in range(3 * MAX_EARLY_MESSAGES):
        positions.receive(MessageId(str(n)), 0, 1)
    assert len(positions._early) == MAX_EARLY_MESSAGES


def test_what_does_not_exist_is_not_missed_for_ever() -> None:
    positions = StreamPositions([ID])
    positions.receive(ID, 5, 9)
    assert positions.missing == {ID: 0}
    positions.truncate_to(ID, 0)
    assert not positions.missing


def test_only_a_live_device_is_sent_a_piece_and_only_one_that_fits() -> None:
    delivery = Delivery(Revision(1))
    delivery.sent_text(ID, 3)
    assert not delivery.accepts_text(ID, 3, 5)
    delivery.try_going_live(Revision(1))
    assert not delivery.accepts_text(ID, 4, 5)
    assert not delivery.accepts_text(ID, 1, 3)
    assert not delivery.accepts_text(MessageId("never sent"), 0, 3)
    assert delivery.accepts_text(ID, 2, 5)
    assert not delivery.accepts_text(ID, 2, 5)


def test_a_device_that_fell_behind_has_no_text_any_more() -> None:
    delivery = Delivery(Revision(1))
    delivery.sent_text(ID, 3)
    delivery.fall_behind()
    assert delivery.text_sent(ID) is None
