"""The only Redis, and its in-process twin: notices between instances, and counters they share."""

from bitworks.fanout.attempt_limits import AttemptLimits, LocalAttemptLimits
from bitworks.fanout.fanout import Fanout, Receiver
from bitworks.fanout.local import LocalFanout
from bitworks.fanout.opening import open_fanout
from bitworks.fanout.redis import FanoutTimings

__all__ = [
    "AttemptLimits",
    "Fanout",
    "FanoutTimings",
    "LocalAttemptLimits",
    "LocalFanout",
    "Receiver",
    "open_fanout",
]
