"""The timings of streaming messages, in seconds."""

from dataclasses import dataclass


@dataclass(slots=True)
class StreamTimings:
    """Read at each use, so a test may shorten them while an instance runs.

    append_timeout: to wait for the owner before taking the stream over. Text that the owner held at the call is written
        within 40 ms, so the instance that takes over finds it.
    end_timeout: to wait for the owner before ending the stream with what is written.
    heartbeat_timeout: after an append or heartbeat, until the producer counts as dead.
    heartbeat_slack: between two heartbeats that are written down; a dead producer is noticed so much later.
    lease: after a write, in which no other instance takes the stream over.
    reap_interval: between two looks for dead producers.
    """

    append_timeout: float = 0.25
    end_timeout: float = 0.1
    heartbeat_timeout: float = 60.0
    heartbeat_slack: float = 2.0
    lease: float = 0.25
    reap_interval: float = 5.0

    @property
    def silence(self) -> float:
        """Seconds from the last written heartbeat until the stream is ended."""
        return self.heartbeat_timeout + self.heartbeat_slack
