"""What should be summarised next, and how much of it at once."""

from dataclasses import dataclass

from bitworks.features.window.window import MESSAGE_OVERHEAD, Window

# So much of the budget has to have fallen out before another summary is written: not one for each message.
# It is also how long a summary may be.
SHARE = 8
LEAST = 64  # tokens


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
    tokens = sum(run.token_count + MESSAGE_OVERHEAD * run.count for run in lost)
    if summarised and tokens * SHARE < window.budget:
        return None
    return Span(summarised, max(run.to_position for run in lost))


@dataclass(frozen=True, slots=True)
class Room:
    """In tokens: how much a model may be given to summarise, and how long the summary may be."""

    request: int
    summary: int

    def left_beside(self, tokens: int) -> int:
        """For messages, beside what else is said: never so little that nothing would ever be summarised."""
        return max(self.request - tokens, LEAST)


def room_for(window: Window) -> Room:
    """Both together, with what a message costs beside its text, are no more than the model's window."""
    summary = max(window.budget // SHARE, LEAST)
    return Room(window.budget + window.reserved - summary - MESSAGE_OVERHEAD, summary)
