"""How much one may do in a time: a token bucket."""

from dataclasses import dataclass


@dataclass(slots=True)
class Allowance:
    """`rate` a second on average, `burst` at once. `left` is what remained at the time `at`, in seconds."""

    rate: float
    burst: float
    left: float
    at: float

    def take(self, now: float) -> float:
        """Takes one and returns 0; or takes nothing and returns the seconds until there is one."""
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < 1:
            return (1 - self.left) / self.rate
        self.left -= 1
        return 0.0

    def full_at(self) -> float:
        """The time from which it is as if nothing had ever been taken."""
        return self.at + (self.burst - self.left) / self.rate
