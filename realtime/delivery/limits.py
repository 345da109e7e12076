"""The waits and amounts of delivery."""

from dataclasses import dataclass


@dataclass(slots=True)
class DeliveryLimits:
    """Read at each use, so that a test may change them while an instance runs."""

    filler_timeout: float = 0.05
    """Seconds for which a gap waits for its filler before PostgreSQL is asked. Two commits in flight are normal, and
    their notices may arrive in the wrong order.
    """
    page: int = 200
    """Changes that are read by one query to catch up."""
    behind: int = 1024 * 1024
    """Unread bytes of a device above which it is no longer pushed to."""
    drained: int = 128 * 1024
    """Unread bytes of a device below which it is sent the next page of the changes that it missed."""
    reconcile_interval: float = 1.0
    """Seconds between two comparisons of all hosted users with PostgreSQL."""
    reconcile_slice: int = 500
    """Users that are compared by one query."""
