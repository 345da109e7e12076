"""What processes cost, from the operating system's accounting. Linux only: it reads `/proc`."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PROC = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of all that descend from it, those that ended included.

    A PostgreSQL backend that ended is in the time that its postmaster has waited for.
    """
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    own = sum(int(ticks) for ticks in fields[11:15]) / TICKS
    return own + sum(cpu_seconds(child) for child in children(pid))


def children(pid: int) -> list[int]:
    try:
        tasks = list((PROC / str(pid) / "task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and of all that descend from it."""
    pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    return pages * PAGE + sum(resident_bytes(child) for child in children(pid))


def usage(watched: dict[str, int]) -> dict[str, float]:
    """CPU seconds so far, by the names given to the processes."""
    return {name: cpu_seconds(pid) for name, pid in watched.items()}


def difference(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {name: after[name] - before[name] for name in after}
