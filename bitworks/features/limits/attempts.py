"""Attempts that must not be made without end: counted before they are allowed."""

from dataclasses import dataclass, replace

from bitworks.core.errors import RateLimited
from bitworks.fanout.attempt_limits import AttemptLimit, AttemptLimits

# A limit, and the key that it is counted under.
Attempt = tuple[AttemptLimit, str]


@dataclass(frozen=True, slots=True)
class Attempts:
    """Counts attempts in the counters that all instances share."""

    limits: AttemptLimits

    async def count(self, *attempts: Attempt) -> None:
        """Raises `RateLimited` if one of these is not allowed.

        Each is counted before it is asked whether it is allowed, so that attempts made at once cannot slip
        through; those that are refused do not count.
        """
        for limit, key in attempts:
            await self.limits.count(limit, key)
        for limit, key in attempts:
            including_this = replace(limit, attempts=limit.attempts + 1)
            if (seconds := await self.limits.retry_after(including_this, key)) > 0:
                await self.refund(*attempts)
                raise RateLimited(seconds)

    async def refund(self, *attempts: Attempt) -> None:
        """These do not count after all."""
        for limit, key in attempts:
            await self.limits.refund(limit, key)
