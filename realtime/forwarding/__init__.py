"""Forwarding of requests that came to another worker than the one that owns their session.

`handover` reaches the other workers of this instance, `relay` those of other instances; `Placement` chooses.
"""

from bitworks.realtime.forwarding.placement import Placement

__all__ = ["Placement"]
