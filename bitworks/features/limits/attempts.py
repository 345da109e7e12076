"""Limited attempts, such as logins: each is counted before it is allowed."""

from dataclasses import dataclass, replace

from bitworks.core.errors import RateLimited
from bitworks.fanout.attempt_limits import AttemptLimit, AttemptLimits

Attempt = tuple[AttemptLimit, str]
"""A limit, and the key that the attempt is counted under, such as an address."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Counts attempts in the counters that all instances share."""

    limits: AttemptLimits
    """The counters."""

    async def count(self, *attempts: Attempt) -> None:
        """Counts one attempt under each limit. Raises `RateLimited` if one of them is exceeded; then none counts.

        All are counted before any is checked, so that concurrent attempts cannot pass together.
        """
        for limit, key in attempts:
            await self.limits.count(limit, key)
        for limit, key in attempts:
            including_this = replace(limit, attempts=limit.attempts + 1)
            if (seconds := await self.limits.retry_after(including_this, key)) > 0:
                await self.refund(*attempts)
                raise RateLimited(seconds)

    async def refund(self, *attempts: Attempt) -> None:
        """Takes one attempt back under each limit, such as a login that succeeded."""
        for limit, key in attempts:
            await self.limits.refund(limit, key)
