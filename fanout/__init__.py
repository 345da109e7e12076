"""The only Redis, and its in-process twin: notices between instances, and counters they share."""

from fanout.fanout import Fanout, Receiver
from fanout.limits import Limits, LocalLimits
from fanout.local import LocalFanout
from fanout.opening import open_fanout

__all__ = ["Fanout", "Limits", "LocalFanout", "LocalLimits", "Receiver", "open_fanout"]
