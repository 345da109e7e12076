"""Where files go that are soon deleted."""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made there has a random name
# Bytes. A server under test takes a hundred million and what is written; many containers have 64 million.
ROOM = 2 << 30


def roomy_memory() -> Path | None:
    """A folder in memory if this machine has one with room; otherwise None, as for the usual place.

    A database is hundreds of small files: to copy and drop one takes 20 ms there, and was seen to take 260 ms
    on a disk's file system.
    """
    if os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY
    return None
