"""The types of what the program takes from outside of itself: the time, and ids that nobody has had."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

# The time now, in UTC.
Clock: TypeAlias = Callable[[], datetime]
# A new UUID.
NewId: TypeAlias = Callable[[], str]
