"""How long delivery waits for what, and how much it sends at once."""

from dataclasses import dataclass


@dataclass(slots=True)
class DeliveryLimits:
    """Read at each use, so a test may change them while an instance runs.

    filler_timeout: seconds for which a gap waits for its filler before PostgreSQL is asked. Two commits in flight are
        normal, and their notices may arrive in the wrong order.
    page: rows that are read at once to catch up.
    behind: bytes unread above which a device is no longer pushed to.
    drained: bytes unread below which it is sent what it missed, a page at a time.
    reconcile_interval: seconds between two comparisons of all hosted users with PostgreSQL.
    reconcile_slice: users that are compared by one query.
    """

    filler_timeout: float = 0.05
    page: int = 200
    behind: int = 1024 * 1024
    drained: int = 128 * 1024
    reconcile_interval: float = 1.0
    reconcile_slice: int = 500
