"""What should be summarised next."""

import pytest

from bitworks.features.replies.summaries.due import MIN_SUMMARY_TOKENS, Room, Span, due, room_for
from bitworks.features.window.window import MESSAGE_OVERHEAD, DroppedRun, Window


def a_window(*dropped: DroppedRun) -> Window:
    return Window([], 0, 800, 0, True, list(dropped))


@pytest.mark.parametrize(
    ("dropped", "summarised", "expected"),
    [
        ([], 0, None),
        ([DroppedRun("budget", 1, 2, 5, 9)], 0, Span(0, 9)),
        ([DroppedRun("max_messages", 1, 2, 5, 9)], 0, Span(0, 9)),
        ([DroppedRun("summarised", 50, 900, 5, 9)], 9, None),
        ([DroppedRun("summarised", 5, 9, 5, 9), DroppedRun("budget", 10, 59, 10, 30)], 9, None),
        ([DroppedRun("summarised", 5, 9, 5, 9), DroppedRun("budget", 10, 60, 10, 30)], 9, Span(9, 30)),
        ([DroppedRun("budget", 10, 600, 1, 30)], 30, None),
    ],
)
def test_what_fell_out_is_due_once_it_is_enough(
    dropped: list[DroppedRun], summarised: int, expected: Span | None
) -> None:
    assert due(a_window(*dropped), summarised) == expected


@pytest.mark.parametrize(("budget", "reserved"), [(7_168, 1_024), (200, 56), (127_990, 10)])
def test_a_request_and_its_summary_fill_the_window_of_the_model(budget: int, reserved: int) -> None:
    room = room_for(Window([], 0, budget, reserved, True, []))
    assert room.request + room.summary + MESSAGE_OVERHEAD == budget + reserved


def test_what_else_is_said_leaves_less_room_but_always_some() -> None:
    room = Room(request=1_000, summary=100)
    assert (room.left_beside(300), room.left_beside(990)) == (700, MIN_SUMMARY_TOKENS)
