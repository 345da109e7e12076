"""Whether and when a producer that failed is asked again. Pure: nothing here reads the clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from typing_extensions import TypedDict

from bitworks.core.encoding import rfc3339
from bitworks.features.replies.producers.producer import ProducerFailed
from bitworks.storage.jobs import retry_delay


class Retrying(TypedDict):
    """`metadata.reply` of an answer that has not begun: its producer failed, and is asked again."""

    state: Literal["retrying"]
    """Always so: what a later release adds has a state of its own."""
    attempt: int
    """Which of the further tries comes at `next_at`; 1 is the first."""
    of: int
    """How many further tries there are."""
    next_at: str
    """When the producer is asked again, in RFC 3339; from then on it is being asked."""
    code: str
    """For programs: why the last try failed, as it would stand in `metadata.error`."""
    detail: str
    """The same for people."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Another try."""

    delay: float
    """Seconds to wait before it."""
    attempt: int
    """Which of the further tries it is; 1 is the first."""
    of: int
    """How many further tries there are."""

    def described(self, failed: ProducerFailed, now: datetime) -> Retrying:
        """The try as it stands in `metadata.reply`."""
        return {
            "state": "retrying",
            "attempt": self.attempt,
            "of": self.of,
            "next_at": rfc3339(now + timedelta(seconds=self.delay)),
            **failed.described,
        }


def retry_after_failure(failed: ProducerFailed, delays: tuple[float, ...], tries: int) -> Retry | None:
    """The next try after `tries` failures before this one; None: the answer has failed for good."""
    delay = retry_delay(delays, tries, failed.retry_after)
    if not failed.retryable or delay is None:
        return None
    return Retry(delay, tries + 1, len(delays))
