"""File descriptors: each connection takes one, and a process may have so many."""

import resource

import structlog

log = structlog.get_logger(__name__)

MOST = 1 << 20
"""Descriptors that are asked for at most; where there is no limit, nobody needs more."""


def raise_descriptor_limit() -> None:
    """Raises the limit of this process, and of those that it starts, to what it may have; says how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # macOS allows fewer than it says
        log.warning("descriptors_not_raised", wanted=wanted, limit=descriptor_limit())
    log.info("descriptors", limit=descriptor_limit())


def descriptor_limit() -> int:
    """Returns how many descriptors this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else soft
