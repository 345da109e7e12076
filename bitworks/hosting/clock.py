"""The time and new ids: what everything below is given, and never takes by itself."""

import os
import time
from datetime import UTC, datetime

from bitworks.core.ids import uuid7


def now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A UUIDv7 of this moment."""
    return uuid7(time.time_ns() // 1_000_000, os.urandom(10))
