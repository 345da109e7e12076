"""A PostgreSQL of one's own, in a directory."""

import asyncio
import pwd
import subprocess
from pathlib import Path

import asyncpg
import pytest

from bitworks.hosting.embedded import postgres as embedded
from bitworks.hosting.embedded.postgres import EmbeddedPostgresFailed, embedded_postgres

pytestmark = pytest.mark.servers

NOBODYS_UID = 4_000_000


class Interrupted(Exception):
    """As by a power cut."""


async def test_a_first_start_that_was_interrupted_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "postgres"

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
    stranger = pwd.struct_passwd((*owner[:2], NOBODYS_UID, *owner[3:]))
    monkeypatch.setattr("os.geteuid", lambda: NOBODYS_UID)
    with pytest.raises(EmbeddedPostgresFailed, match="belongs to somebody else"):
        embedded._socket_directory(deep, stranger)
