"""Notices and messages between instances, and counters that they share: over Redis, or in one process.

fanout, local, redis     what a fan-out does, and the two that do it
notices                  the notices, and their form on the wire
publishing               how a batch gets to Redis: one server, or a cluster
attempt_limits           how many attempts, such as logins, are allowed in a window
redis_url                the client that a URL names
opening                  the fan-out and the limits that go with it
"""

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
