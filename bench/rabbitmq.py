"""A RabbitMQ of one's own: Debian's, which is not installed but unpacked, and runs as whoever starts it.

It is unpacked once for all programs of the machine. Erlang has the place of its files written into its starting
scripts; where it is unpacked these are put right.
"""

import asyncio
import os
import secrets
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from bench.ports import held_port

CACHE = Path(gettempdir()) / f"bitworks-rabbitmq-{os.geteuid()}"
PACKAGES = (
    "rabbitmq-server",
    *(
        f"erlang-{part}"
        for part in (
            "asn1", "base", "crypto", "eldap", "ftp", "inets", "mnesia", "os-mon", "parsetools", "public-key",
            "runtime-tools", "snmp", "ssl", "syntax-tools", "tftp", "tools", "xmerl",
        )
    ),
)  # fmt: skip
GET_TIMEOUT = 300.0  # seconds to download the packages
START_TIMEOUT = 60.0  # seconds
WRITTEN_IN = "/usr/lib/erlang"


class NoRabbitMQ(Exception):
    """There is none, and it cannot be got. The message is one line that says why."""


def unpacked() -> Path:
    """The folder in which it is unpacked. Raises `NoRabbitMQ`. Blocks; the first time for some seconds."""
    if not CACHE.exists():
        with TemporaryDirectory(dir=CACHE.parent) as folder:
            _download(folder)
            root = Path(folder) / "root"
            for package in Path(folder).glob("*.deb"):
                _run(folder, "dpkg-deb", "-x", package.name, "root")
            _put_right(root)
            with suppress(OSError):  # another process was faster
                root.rename(CACHE)
    return CACHE


def _download(folder: str) -> None:
    _run(folder, "apt-get", "download", *PACKAGES)


def _run(folder: str, *command: str) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=GET_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoRabbitMQ(f"RabbitMQ cannot be got: {error}") from None
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or [""]
        raise NoRabbitMQ(f"RabbitMQ cannot be got: `{' '.join(command[:2])}` says {reason[0]}")


def _put_right(root: Path) -> None:
    erlang = root / WRITTEN_IN.lstrip("/")
    for script in (erlang / "bin" / "erl", *erlang.glob("erts-*/bin/erl")):
        if script.is_file() and not script.is_symlink():
            script.write_text(script.read_text().replace(WRITTEN_IN, str(CACHE) + WRITTEN_IN))


class RabbitMQ:
    """One broker, on ports that stay the same; what it keeps outlives a kill."""

    def __init__(self, root: Path, directory: Path, ports: tuple[int, int, int], settings: str) -> None:
        self.port, self._distribution_port, self._names_port = ports
        self._root = root
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._names: subprocess.Popen[bytes] | None = None
        self._name = f"bitworks-{secrets.token_hex(4)}@localhost"
        (directory / "plugins").write_text("[].\n")
        (directory / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\nlog.file.level = warning\n{settings}"
        )

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int:
        """The process of the broker, which is running."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has said, for a test that failed."""
        return "\n".join(file.read_text(errors="replace") for file in self._directory.glob("*.log"))

    async def start(self) -> None:
        """Returns when it takes connections."""
        if self._process is not None:
            return
        self._begin()
        async with asyncio.timeout(START_TIMEOUT):
            while not await self._answers():
                if self._process is None or self._process.poll() is not None:
                    raise NoRabbitMQ(f"RabbitMQ has ended: {self.log[-2000:]}")
                await asyncio.sleep(0.05)

    def _begin(self) -> None:
        if self._names is None:  # else the broker starts one that outlives it
            epmd = next((self._root / WRITTEN_IN.lstrip("/")).glob("erts-*/bin/epmd"))
            self._names = subprocess.Popen([epmd], env=self._environment(), stdin=subprocess.DEVNULL)
        out = (self._directory / "output.log").open("ab")
        with out:
            self._process = subprocess.Popen(
                [self._program("rabbitmq-server")], env=self._environment(), cwd=self._directory,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    async def kill(self) -> None:
        """As when the machine loses it."""
        if self._process is not None:
            process, self._process = self._process, None
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.to_thread(process.wait)

    async def close(self) -> None:
        """Kills it, and what it knows names by."""
        await self.kill()
        if self._names is not None:
            self._names.kill()
            await asyncio.to_thread(self._names.wait)

    async def control(self, *words: str) -> str:
        """One `rabbitmqctl` command; what it says."""
        return await self._call(self._program("rabbitmqctl"), "--quiet", *words)

    async def _call(self, *command: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *command, env=self._environment(), cwd=self._directory,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        return said.decode()

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            writer.write(b"AMQP\x00\x00\x09\x01")
            return bool(await reader.read(1))  # the beginning of Connection.Start
        except OSError:
            return False
        finally:
            writer.transport.abort()

    def _program(self, name: str) -> str:
        return str(next((self._root / "usr/lib/rabbitmq/lib").glob(f"rabbitmq_server-*/sbin/{name}")))

    def _environment(self) -> dict[str, str]:
        erlang = self._root / WRITTEN_IN.lstrip("/")
        return {
            "PATH": f"{erlang / 'bin'}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "HOME": str(self._directory),
            "ERL_ROOTDIR": str(erlang),
            "ERL_EPMD_PORT": str(self._names_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self._name,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self._directory / "data"),
            "RABBITMQ_LOG_BASE": str(self._directory),
            "RABBITMQ_PID_FILE": str(self._directory / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self._directory / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._directory / "plugins"),
            # Two cores are everybody's.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
        }


@asynccontextmanager
async def running_rabbitmq(settings: str = "") -> AsyncIterator[RabbitMQ]:
    """A broker for as long as the block runs; `settings` are lines of its `rabbitmq.conf`. Raises `NoRabbitMQ`."""
    root = await asyncio.to_thread(unpacked)
    with TemporaryDirectory(prefix="bitworks-rabbitmq-") as folder, _three_ports() as ports:
        broker = RabbitMQ(root, Path(folder), ports, settings)
        try:
            await broker.start()
            yield broker
        finally:
            await broker.close()


@contextmanager
def _three_ports() -> Iterator[tuple[int, int, int]]:
    with held_port() as one, held_port() as two, held_port() as three:
        yield one, two, three
