"""Ours and its peers as processes, on one PostgreSQL and one Valkey that are set alike for all."""

import asyncio
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import asyncpg
import psutil

from bench.faults.cluster import PROGRAM, ROOT, START_TIMEOUT, PostgreSQL, Valkey
from bench.ports import held_port
from bench.seed import new_secret
from bench.wire import Account
from bitworks.storage.migrations import migrate

PEERS = ROOT / "bench" / "peers"
CLIENT_DIST = ROOT / "client" / "app" / "dist"


@dataclass(frozen=True, slots=True)
class Contender:
    """`ours` tells which schema it has, and whether a device is live only at `synced`. `root` is the folder
    it runs in, which has its modules.
    """

    name: str
    command: tuple[str, ...]
    ours: bool = False
    database: str = "peers"
    root: Path = ROOT


class NotStarted(Exception):
    """A server did not start. Told with the end of its log."""


def contenders() -> dict[str, Contender]:
    node = shutil.which("node") or str(Path(sys.executable).parent / "node")
    python = (sys.executable, "-m")
    return {
        one.name: one
        for one in (
            Contender("ours", (*PROGRAM, "serve"), ours=True, database="postgres"),
            Contender("node", (node, str(PEERS / "node" / "server.mjs"))),
            Contender("stock", (*python, "bench.peers.stock_python")),
            Contender("fastapi", (*python, "bench.peers.fastapi")),
        )
    }


def install_node_peer() -> None:
    """What the Node peer's lock file names, once; who comes meanwhile waits."""
    installed, lock = PEERS / "node" / "node_modules" / ".stamp", PEERS / "node" / "package-lock.json"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        _install_node_peer(installed, lock)


def _install_node_peer(installed: Path, lock: Path) -> None:
    if installed.exists() and installed.read_text() == lock.read_text():
        return
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    npm = shutil.which("npm", path=os.environ["PATH"]) or shutil.which("npm", path=path) or "npm"
    subprocess.run([npm, "ci", "--silent"], cwd=lock.parent, check=True, env={**os.environ, "PATH": path})
    installed.write_text(lock.read_text())


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is ready, and the process whose tree it is."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _start(contender: Contender, environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return subprocess.Popen(
            contender.command, env=environment, stdout=output, stderr=output, cwd=contender.root
        )


async def _until_ready(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    async with aiohttp.ClientSession() as http:
        while True:
            with suppress(aiohttp.ClientError):
                async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            if process.poll() is not None or time.monotonic() > deadline:
                said = await asyncio.to_thread(log.read_text)
                raise NotStarted(f"a server did not start: {said[-2000:]}")
            await asyncio.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Machines:
    """What all contenders stand on. `kept` is what rows share: users by the database they are in and by what
    was made for them.
    """

    directory: Path
    postgresql: PostgreSQL
    valkey: Valkey
    secret: str
    kept: dict[str, Account] = field(default_factory=dict)

    def database_url(self, contender: Contender) -> str:
        return self.postgresql.url.replace("/postgres?", f"/{contender.database}?")

    @property
    def watched(self) -> dict[str, int]:
        assert self.valkey._server is not None
        postmaster = (self.directory / "postgresql" / "postmaster.pid").read_text().splitlines()[0]
        return {"postgresql": int(postmaster), "redis": int(self.valkey._server._process.pid)}

    @asynccontextmanager
    async def database(self, contender: Contender) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.database_url(contender))
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def serving(self, contender: Contender, **settings: str) -> AsyncIterator[Served]:
        """One fresh process of it, that is ready; with a checkpoint before, so that none pays for another."""
        async with self.database(contender) as connection:
            await connection.execute("checkpoint")
        with held_port() as port:
            log = self.directory / f"{contender.name}-{port}.log"
            process = _start(contender, {**self.environment(contender, port), **settings}, log)
            try:
                await _until_ready(port, process, log)
                yield Served(port, process.pid)
            finally:
                process.kill()
                process.wait()

    async def bytes_to(self, served: Served) -> int:
        """What Redis has sent to a server, over the connections that it has now."""
        ports = {one.laddr.port for one in psutil.Process(served.pid).net_connections("tcp")}
        listed = await self.valkey.command("CLIENT", "LIST")
        return sum(
            int(one["tot-net-out"])
            for one in _clients(listed)
            if int(one["addr"].rpartition(":")[2]) in ports
        )

    def environment(self, contender: Contender, port: int) -> dict[str, str]:
        """That of its processes. The web client is the same for all: this checkout's."""
        return {
            **os.environ,
            "PYTHONPATH": str(contender.root),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATABASE_URL": self.database_url(contender),
            "REDIS_URL": self.valkey.url,
            "SECRET_KEY": self.secret,
            "RATE_LIMITS": "off",
            "CLIENT_DIST": str(CLIENT_DIST),
            "NODE_ENV": "production",
        }


def _clients(listed: object) -> list[dict[str, str]]:
    """The answer to CLIENT LIST, which the library may have parsed already."""
    if isinstance(listed, list):
        return listed
    text = listed.decode() if isinstance(listed, bytes) else str(listed)
    return [dict(pair.split("=", 1) for pair in line.split()) for line in text.splitlines()]


@asynccontextmanager
async def machines() -> AsyncIterator[Machines]:
    """A PostgreSQL with `fsync` on and both schemas, and a Valkey, in a directory that is removed."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name,
        held_port() as port,
    ):
        directory = Path(name)
        postgresql, valkey = PostgreSQL(directory / "postgresql"), Valkey(directory / "valkey", port)
        try:
            await postgresql.start()
            await valkey.start()
            await migrate(postgresql.url)
            await _begin_history(postgresql.url)
            await _make_peers(postgresql.url)
            yield Machines(directory, postgresql, valkey, new_secret())
        finally:
            await valkey.kill()
            await postgresql.stop()


async def _begin_history(url: str) -> None:
    """As the first server to start would: cursors made before it would be of another epoch."""
    connection = await asyncpg.connect(url)
    await connection.execute("update epoch set history = current_history()")
    await connection.close()


async def _make_peers(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("create database peers")
    await connection.close()
    connection = await asyncpg.connect(url.replace("/postgres?", "/peers?"))
    await connection.execute((PEERS / "schema.sql").read_text())
    await connection.close()
