"""What should be summarised next."""

from dataclasses import dataclass

from domain.window import OVERHEAD, Window

# So much of the budget has to have fallen out before another summary is written: not one for each message.
SHARE = 8


@dataclass(frozen=True, slots=True)
class Span:
    """Messages after a position and up to another, without those that are always in the window."""

    after: int
    until: int


def due(window: Window, summarised: int) -> Span | None:
    """What fell out since the summary, which goes up to a position (0: there is none). None: not enough."""
    lost = [run for run in window.dropped if run.reason != "summarised" and run.to_position > summarised]
    if not lost:
        return None
    tokens = sum(run.token_count + OVERHEAD * run.count for run in lost)
    if summarised and tokens * SHARE < window.budget:
        return None
    return Span(summarised, max(run.to_position for run in lost))
