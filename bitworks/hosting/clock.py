"""The clock and the source of new ids, which are passed to everything below, so that tests can choose them."""

import os
import time
from datetime import UTC, datetime

from bitworks.core.ids import uuid7


def now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new UUIDv7, of the present millisecond."""
    return uuid7(time.time_ns() // 1_000_000, os.urandom(10))
