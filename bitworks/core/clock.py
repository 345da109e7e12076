"""The types of what the program takes from outside of itself: the time, and unused ids."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Returns the present time, in UTC."""
NewId: TypeAlias = Callable[[], str]
"""Returns an unused UUID, in its canonical text form."""
