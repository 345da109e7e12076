"""Requests that came to the wrong worker: brought to the one that owns their session."""

from realtime.forwarding.placement import Placement

__all__ = ["Placement"]
