"""A primary and its standby, to be failed over."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import asyncpg

from bitworks.hosting.embedded.postgres import _owner, _programs, _user_options, embedded_postgres


@dataclass(slots=True)
class Pair:
    """`url` reaches whichever of the two is the primary."""

    url: str
    primary: str
    standby: str
    _primary_directory: Path

    async def stop_replicating(self) -> None:
        """The standby hears no more of the primary: what is committed now will be missing on it."""
        connection = await asyncpg.connect(self.standby)
        await connection.execute("alter system set primary_conninfo = ''")
        await connection.execute("select pg_reload_conf()")
        while await connection.fetchval("select count(*) from pg_stat_wal_receiver"):
            pass
        await connection.close()

    async def fail_over(self) -> None:
        """The primary is killed, the standby promoted."""
        pid = int((self._primary_directory / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        connection = await asyncpg.connect(self.standby)
        assert await connection.fetchval("select pg_promote()")
        await connection.close()


@asynccontextmanager
async def a_pair() -> AsyncIterator[Pair]:
    with TemporaryDirectory(prefix="bitworks-pair-") as folder:
        one, other = Path(folder) / "one", Path(folder) / "other"
        async with AsyncExitStack() as stack:
            primary = await stack.enter_async_context(embedded_postgres(one, "-c", "fsync=off"))
            await asyncio.to_thread(_copy, primary, one, other)
            standby = await stack.enter_async_context(embedded_postgres(other, "-c", "fsync=off"))
            hosts = ",".join(parse_qs(urlsplit(url).query)["host"][0] for url in (primary, standby))
            url = f"postgresql://postgres@/postgres?host={hosts}&target_session_attrs=primary"
            yield Pair(url, primary, standby, one)


def _copy(url: str, source: Path, target: Path) -> None:
    owner = _owner(source)
    target.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(target, owner.uid, owner.gid)
    command = [_programs() / "pg_basebackup", "-d", url, "-D", target, "-R", "-X", "stream", "-c", "fast"]
    subprocess.run(command, cwd="/", check=True, stderr=subprocess.DEVNULL, **_user_options(owner))
    (target / ".s.PGSQL.5432.lock").unlink()  # it is the primary's
