"""Requests that came to the wrong worker: brought to the one that owns their session."""

from bitworks.realtime.forwarding.placement import Placement

__all__ = ["Placement"]
