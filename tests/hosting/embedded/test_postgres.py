"""A PostgreSQL of one's own, in a directory."""

import asyncio
import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import psutil
import pytest
from structlog.testing import capture_logs

from bitworks.hosting.embedded import postgres as embedded
from bitworks.hosting.embedded import valkey
from bitworks.hosting.embedded.postgres import (
    EmbeddedPostgresFailed,
    SystemUser,
    _user_options,
    embedded_postgres,
)
from tests.support.children import child

pytestmark = pytest.mark.servers

NOBODYS_UID = 4_000_000


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not below pytest's own folder: another run, starting, would close that to the server's user.
    with TemporaryDirectory(prefix="bitworks-test-") as folder:
        yield Path(folder)


class Interrupted(Exception):
    """As by a power cut."""


async def test_a_first_start_that_was_interrupted_is_begun_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = folder / "postgres"

    def interrupted(command: list[object], **_: object) -> None:
        (Path(str(command[2])) / "PG_VERSION").write_text("18\n")
        raise Interrupted

    monkeypatch.setattr(subprocess, "run", interrupted)
    with pytest.raises(Interrupted):
        await asyncio.to_thread(embedded._prepare, directory)
    monkeypatch.undo()
    async with embedded_postgres(directory, "-c", "fsync=off") as url:
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("select 1") == 1
        await connection.close()


def test_a_folder_for_sockets_that_is_somebody_elses_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("long" * 30)
    owner = embedded._owner(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert embedded._socket_directory(deep, owner).parent == tmp_path
    stranger = SystemUser(NOBODYS_UID, NOBODYS_UID)
    monkeypatch.setattr("os.geteuid", lambda: NOBODYS_UID)
    with pytest.raises(EmbeddedPostgresFailed, match="belongs to somebody else"):
        embedded._socket_directory(deep, stranger)


@pytest.fixture
def data(folder: Path) -> Path:
    return folder / "postgres"


async def killed(directory: Path) -> None:
    async with embedded_postgres(directory, "-c", "fsync=off"):
        pid = int((directory / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, 9)
        await asyncio.to_thread(
            psutil.wait_procs, [psutil.Process(pid)] if psutil.pid_exists(pid) else [], 10
        )


async def starts(directory: Path) -> None:
    async with embedded_postgres(directory, "-c", "fsync=off") as url:
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("select 1") == 1
        await connection.close()


def test_it_starts_although_the_number_in_its_lock_file_is_another_process_by_now(data: Path) -> None:
    asyncio.run(killed(data))
    lock_file = data / "postmaster.pid"
    status = data.stat()
    # Of the same user: for that of anybody else PostgreSQL knows by itself that it is none of its own.
    with child(["sleep", "600"], cwd="/", **_user_options(SystemUser(status.st_uid, status.st_gid))) as other:
        lines = lock_file.read_text().splitlines(keepends=True)
        lock_file.write_text("".join([f"{other.pid}\n", *lines[1:]]))
        asyncio.run(starts(data))
        assert other.poll() is None


async def test_it_starts_although_that_process_may_not_be_looked_at(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(process: psutil.Process) -> list[str]:
        raise psutil.AccessDenied(process.pid)

    await killed(data)
    (data / "postmaster.pid").write_text("1\n")
    monkeypatch.setattr(psutil.Process, "cmdline", denied)
    assert await asyncio.to_thread(embedded._stop_orphan, data) == 1
    (data / "valkey.pid").write_text("1")
    await asyncio.to_thread(valkey._stop_orphan, data)


def test_a_folder_above_the_data_is_opened_to_nobody_but_the_server_and_that_is_said(
    folder: Path,
) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    with capture_logs() as logs:
        asyncio.run(starts(private / "postgres"))
    mode = stat.S_IMODE(private.stat().st_mode)
    told = [line for line in logs if line["event"] == "folder_opened" and line["folder"] == str(private)]
    if os.geteuid() == 0:
        assert (mode, private.stat().st_gid) == (0o710, (private / "postgres").stat().st_gid)
        assert [(line["before"], line["now"]) for line in told] == [("0700", "0710")]
    else:
        assert (mode, told) == (0o700, [])


def test_no_user_with_a_name_owns_the_data_that_root_has_made(data: Path) -> None:
    asyncio.run(starts(data))
    owners = {path.lstat().st_uid for path in (data, *data.rglob("*")) if path.name != "server.log"}
    if os.geteuid() == 0:
        assert len(owners) == 1
        with pytest.raises(KeyError):
            pwd.getpwuid(owners.pop())
    else:
        assert owners == {os.geteuid()}
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
