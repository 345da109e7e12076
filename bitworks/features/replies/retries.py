"""Whether and when a producer that failed is asked again. Pure: nothing here reads the clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from typing_extensions import TypedDict

from bitworks.core.encoding import rfc3339
from bitworks.features.replies.producers.producer import ProducerError, ProducerFailed
from bitworks.storage.jobs import LONGEST_WAIT, retry_delay


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
            "code": failed.code,
            "detail": failed.detail,
        }


def retry_after_failure(failed: ProducerFailed, delays: tuple[float, ...], tries: int) -> Retry | None:
    """The next try after `tries` failures before this one; None: the answer has failed for good."""
    delay = retry_delay(delays, tries, failed.retry_after)
    if not failed.retryable or delay is None:
        return None
    return Retry(delay, tries + 1, len(delays))


def error_of(failed: ProducerFailed, now: datetime) -> ProducerError:
    """The failure as it stands in `metadata.error`, with when to come back where nobody waits for that."""
    error = failed.described
    if failed.retry_after is not None and failed.retry_after > LONGEST_WAIT:
        time = now + timedelta(seconds=failed.retry_after)
        error["retry_at"] = rfc3339(time)
        error["detail"] += f" It asks to be left alone until {time:%Y-%m-%d %H:%M} UTC."
    return error
