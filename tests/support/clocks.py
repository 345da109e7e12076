"""A clock that a test sets."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Clock:
    """Stands still, from the present on, until it is moved."""

    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        """By so many `seconds`, `minutes`, `days`."""
        self.time += timedelta(**by)
