"""Limited attempts, such as logins: each is counted before it is allowed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bitworks.core.errors import DomainError, RateLimited
from bitworks.fanout.attempt_limits import AttemptLimit, AttemptLimits
from bitworks.features.limits.addresses import counted_networks

Attempt = tuple[AttemptLimit, str]
"""A limit, and the key that the attempt is counted under, such as an address."""


def attempts_from(limit: AttemptLimit, address: str, account: str = "") -> tuple[Attempt, ...]:
    """Returns the attempts that one from an address counts as: of IPv6, one for each network that may do more.

    With an account, what is done to that account from there is counted by itself.
    """
    return tuple(
        (replace(limit, attempts=limit.attempts * network.times), f"{network.key} {account}".strip())
        for network in counted_networks(address)
    )


@dataclass(frozen=True, slots=True)
class Attempts:
    """Counts attempts in the counters that all instances share."""

    limits: AttemptLimits
    """The counters."""

    async def count(self, *attempts: Attempt) -> None:
        """Counts one attempt under each limit. Raises `RateLimited` if one of them is exceeded; then none counts."""
        if seconds := await self.seconds_to_wait(*attempts):
            raise RateLimited(seconds)

    async def seconds_to_wait(self, *attempts: Attempt) -> int:
        """Counts one attempt under each limit, and returns 0; the seconds until one is allowed, if none is counted.

        All are counted before any is checked, so that concurrent attempts cannot pass together.
        """
        for limit, key in attempts:
            await self.limits.count(limit, key)
        seconds = 0
        for limit, key in attempts:
            including_this = replace(limit, attempts=limit.attempts + 1)
            seconds = max(seconds, await self.limits.retry_after(including_this, key))
        if seconds:
            await self.refund(*attempts)
        return seconds

    async def refund(self, *attempts: Attempt) -> None:
        """Takes one attempt back under each limit, such as a login that succeeded."""
        for limit, key in attempts:
            await self.limits.refund(limit, key)

    @asynccontextmanager
    async def refunded_if_busy(self, *attempts: Attempt) -> AsyncIterator[None]:
        """Takes these back if the block ends with an error that asks to try again: then nothing was tried."""
        try:
            yield
        except DomainError as error:
            if error.retryable:
                await self.refund(*attempts)
            raise
