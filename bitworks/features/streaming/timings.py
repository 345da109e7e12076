"""The timings of streaming messages, in seconds."""

from dataclasses import dataclass


@dataclass(slots=True)
class StreamTimings:
    """The waits, in seconds. Read at each use, so that a test may shorten them while an instance runs."""

    append_timeout: float = 0.25
    """The wait for the owner before the stream is taken over. Text that the owner held at the call is written within 40
    ms, so the instance that takes over finds it.
    """
    end_timeout: float = 0.1
    """The wait for the owner before the stream is ended with the text that is written."""
    heartbeat_timeout: float = 60.0
    """From an append or heartbeat until the producer counts as dead."""
    heartbeat_slack: float = 2.0
    """The least time between two heartbeats that are written; a dead producer is noticed so much later."""
    lease: float = 0.25
    """The time after a write in which no other instance takes the stream over."""
    reap_interval: float = 5.0
    """The time between two looks for dead producers."""

    @property
    def silence(self) -> float:
        """Seconds from the last written heartbeat until the stream is ended."""
        return self.heartbeat_timeout + self.heartbeat_slack
