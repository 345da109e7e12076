"""What should be summarised next."""

import pytest

from domain.summaries import Span, due
from domain.window import DroppedRun, Window


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
