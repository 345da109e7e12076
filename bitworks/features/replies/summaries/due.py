"""The messages to be summarised next, and the tokens that may be spent on it."""

from dataclasses import dataclass

from bitworks.features.window.window import MESSAGE_OVERHEAD, Window

# SUMMARY_SHARE: one in so many of the budget's tokens. As much has to have fallen out before the next summary is
# written, so that not every message causes one; and a summary may be as long.
SUMMARY_SHARE = 8
# MIN_SUMMARY_TOKENS: the least room for a summary, and for the messages of one request.
MIN_SUMMARY_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Span:
    """The messages after the position `after` and up to `until`, without those that are in the window."""

    after: int
    until: int


def due(window: Window, summarised: int) -> Span | None:
    """The messages that fell out after `summarised`, the position of the last summary, 0 for none.

    None if they are too few for another summary.
    """
    lost = [run for run in window.dropped if run.reason != "summarised" and run.to_position > summarised]
    if not lost:
        return None
    tokens = sum(run.token_count + MESSAGE_OVERHEAD * run.count for run in lost)
    if summarised and tokens * SUMMARY_SHARE < window.budget:
        return None
    return Span(summarised, max(run.to_position for run in lost))


@dataclass(frozen=True, slots=True)
class Room:
    """Tokens of a request to summarise, and of the summary."""

    request: int
    """Tokens of a request, at most."""
    summary: int
    """Tokens of the summary, at most."""

    def left_beside(self, tokens: int) -> int:
        """Tokens for messages, beside so many others of the request; never so few that none would ever fit."""
        return max(self.request - tokens, MIN_SUMMARY_TOKENS)


def room_for(window: Window) -> Room:
    """The room that a window's model has: both together, with a message's overhead, fill its whole window."""
    summary = max(window.budget // SUMMARY_SHARE, MIN_SUMMARY_TOKENS)
    return Room(window.budget + window.reserved - summary - MESSAGE_OVERHEAD, summary)
