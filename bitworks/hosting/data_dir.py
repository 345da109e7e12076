"""The data directory of an embedded instance, with its lock, its secret and its PostgreSQL."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataDirHeld(Exception):
    """Another instance is running on this DATA_DIR."""


@contextmanager
def hold_data_dir(directory: Path) -> Iterator[None]:
    """Locks the directory for this process while the block runs. Raises `DataDirHeld`, which names the other process.

    The lock is of the kernel, which releases it when the process ends in any way.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise DataDirHeld(
                f"{directory} is in use by process {holder}; stop it, or set another DATA_DIR."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def stored_secret(directory: Path) -> str:
    """The secret that signs tokens. Created once, readable by its owner only."""
    path = directory / "secret"
    if not path.exists():
        # Written to another file and renamed, so that a crash cannot leave half of it.
        draft = directory / "secret.new"
        draft.touch(mode=0o600)
        with draft.open("w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    return path.read_text()
