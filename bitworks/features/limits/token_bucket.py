"""A token bucket: how many requests are allowed in how long."""

from dataclasses import dataclass


@dataclass(slots=True)
class TokenBucket:
    """Allows `rate` requests a second on average, and `burst` at once.

    It holds no clock: `now` is given to `take`, in seconds, and must not go back.
    """

    rate: float
    """Tokens added a second."""
    burst: float
    """Tokens that it holds at most."""
    tokens: float
    """Tokens that it held at `updated_at`."""
    updated_at: float
    """When `tokens` was counted, in seconds of the caller's clock."""

    def take(self, now: float) -> float:
        """Takes one token and returns 0; or takes none and returns the seconds until there is one."""
        wait = self.wait(now)
        self.tokens, self.updated_at = self._held(now), now
        if wait == 0:
            self.tokens -= 1
        return wait

    def wait(self, now: float) -> float:
        """Returns the seconds until there is a token; 0 if there is one."""
        return max(0.0, (1 - self._held(now)) / self.rate)

    def _held(self, now: float) -> float:
        return min(self.burst, self.tokens + (now - self.updated_at) * self.rate)

    def full_at(self) -> float:
        """Returns the time, in seconds of the caller's clock, from which it is as good as a new bucket."""
        return self.updated_at + (self.burst - self.tokens) / self.rate
