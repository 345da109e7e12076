"""PgBouncer, before a PostgreSQL of the tests: the machine's own, or that of Debian's package, which is not installed.

Where neither can be had, a test that asks for it is reported as skipped, with the reason.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from bench.ports import held_port
from bitworks.storage.connection_url import read_connection_url
from tests.support.children import child
from tests.support.people import PATIENCE

# Not below the home: the program runs as another user than root.
CACHE = Path(gettempdir()) / f"bitworks-pgbouncer-{os.geteuid()}"
# By the names of Debian 12 and of later ones; those that the machine has are not taken.
LIBRARIES = ("libc-ares2", "libcares2", "libevent-2.1-7", "libevent-2.1-7t64")


@dataclass(frozen=True, slots=True)
class Program:
    """The program, and the folders of libraries that came with it."""

    path: Path
    libraries: tuple[Path, ...] = ()


def pgbouncer() -> Program:
    """The program. Skips the test, and says why, where it cannot be had."""
    installed = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if installed is not None:
        return Program(Path(installed))
    if not CACHE.exists():
        _unpack_debians()
    return Program(CACHE / "usr/sbin/pgbouncer", tuple((CACHE / "usr/lib").glob("*-linux-gnu*")))


def _unpack_debians() -> None:
    with TemporaryDirectory(dir=CACHE.parent) as folder:
        _run(folder, "apt-get", "download", "pgbouncer")
        for library in LIBRARIES:
            _run(folder, "apt-get", "download", library, required=False)
        for package in Path(folder).glob("*.deb"):
            _run(folder, "dpkg-deb", "-x", package.name, "root")
        try:
            (Path(folder) / "root").rename(CACHE)
        except OSError:
            assert CACHE.exists()  # another worker of this run was faster


def _run(folder: str, *command: str, required: bool = True) -> bool:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        reason = done.stderr.strip()
        if done.returncode == 0:
            return True
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    if required:
        pytest.skip(f"PgBouncer is not installed, and `{' '.join(command)}` cannot get it: {reason}")
    return False


@asynccontextmanager
async def pooled(
    url: str, mode: str, *, size: int = 8, certificate: Path | None = None
) -> AsyncIterator[str]:
    """The database of this URL, behind a pooler of this `pool_mode`, with `size` connections to the server.

    With a `certificate`, which has its key beside it, it speaks TLS only.
    """
    program = await asyncio.to_thread(pgbouncer)
    arguments = read_connection_url(url).arguments
    server = f"host={arguments['host'][0]} port={arguments.get('port', [5432])[0]} user={arguments['user']}"
    if arguments["password"]:
        server += f" password={arguments['password']}"
    with TemporaryDirectory(prefix="bitworks-pgbouncer-") as folder, held_port() as port:
        configuration = Path(folder) / "pgbouncer.ini"
        configuration.write_text(
            f"""
            [databases]
            * = {server}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = any
            pool_mode = {mode}
            default_pool_size = {size}
            max_client_conn = 300
            {_tls(certificate, Path(folder))}
            """.replace("            ", "")
        )
        owner = await asyncio.to_thread(_user_beside, arguments["host"][0], Path(folder))
        libraries = ":".join(map(str, program.libraries))
        with child(
            [program.path, configuration],
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
            stdout=subprocess.DEVNULL,
            **owner,
        ):
            host = "127.0.0.1" if certificate is None else "localhost"
            place = urlunsplit(urlsplit(url)._replace(netloc=f"bitworks@{host}:{port}", query=""))
            await _until_it_answers(place)
            yield place


def _tls(certificate: Path | None, folder: Path) -> str:
    if certificate is None:
        return ""
    for file in (certificate, certificate.with_suffix(".key")):
        shutil.copy(file, folder / file.name)
        (folder / file.name).chmod(0o644)  # the folder is its user's alone
    files = f"client_tls_cert_file = {folder / certificate.name}\nclient_tls_key_file = "
    return f"client_tls_sslmode = require\n{files}{folder / certificate.with_suffix('.key').name}"


def _user_beside(host: str, folder: Path) -> dict[str, int]:
    """It refuses to be root, and may go where the server's socket is."""
    if os.geteuid() != 0:
        return {}
    where = Path(host)
    owner = where.stat() if where.is_dir() else os.stat_result((0, 0, 0, 0, 65534, 65534, 0, 0, 0, 0))
    os.chown(folder, owner.st_uid, owner.st_gid)
    return {"user": owner.st_uid, "group": owner.st_gid}


async def _until_it_answers(url: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                connection = await asyncpg.connect(url, statement_cache_size=0)
            except OSError:
                continue
            await connection.close()
            return
