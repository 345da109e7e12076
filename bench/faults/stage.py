"""One fault's surroundings: the cluster, the load on it, and the marks in time."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from bench.faults.bars import MEGABYTE, Bar
from bench.faults.cluster import Cluster, Machines
from bench.faults.form import DEVICES_PER_USER, Form
from bench.faults.ledger import Ledger
from bench.faults.load import LoadPlan
from bench.faults.process import ProcessFailed, hear, python_module, tell
from bench.faults.timing import Marks

CONTENT_SIZE = 200  # characters
QUIET_WITHIN = 60.0  # seconds
MEMORY_INTERVAL = 0.25  # seconds


@dataclass(slots=True)
class Memory:
    """Resident bytes of an instance: the most that one had when the load began, and ever."""

    before: int = 0
    peak: int = 0


class Stage:
    """What a fault is given. `figures` are measured by faults that have some of their own."""

    def __init__(self, cluster: Cluster, form: Form, load: asyncio.subprocess.Process) -> None:
        self.cluster = cluster
        self.form = form
        self.figures: dict[str, float] = {}
        self.notes: list[str] = []
        self.memory = Memory()
        self._load = load
        self._kept = ExitStack()
        self._began = self._broken = self._healed = 0.0

    async def warm(self) -> None:
        """Begins the writing, and lets it go for a while before anything breaks."""
        self.memory.before = max(one.resident() for one in self.cluster.instances)
        await tell(self._load, "write")
        self._began = time.monotonic()
        await asyncio.sleep(self.form.warm)

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        """Around what the fault does, to its last action."""
        self._broken = time.monotonic()
        yield
        self._healed = time.monotonic()

    def keep(self, stack: ExitStack) -> None:
        """Has what runs beside the fault go on until the row is judged."""
        self._kept.enter_context(stack)

    def close(self) -> None:
        """Ends what was kept."""
        self._kept.close()

    async def hold(self) -> None:
        await asyncio.sleep(self.form.hold)

    async def settle(self) -> Marks:
        """Lets the load go on for a while, and ends it. Comes back when the ledger is written."""
        await asyncio.sleep(self.form.settle)
        marks = Marks(self._began, self._broken, self._healed, time.monotonic())
        await tell(self._load, "stop")
        if await self._load.wait() != 0:
            raise ProcessFailed(ProcessFailed.__doc__)
        return marks

    def begin_accounts(self) -> None:
        """What probed instances say of themselves counts from now on."""
        for one in self.cluster.instances:
            one.send(signal.SIGUSR1)

    async def note_accounts(self) -> None:
        accounts = [await one.account() for one in self.cluster.instances]
        self.figures["longest callback, CPU ms"] = max(one["longest"] for one in accounts) * 1000
        self.figures["most bytes kept for a device, MB"] = max(one["buffered"] for one in accounts) / MEGABYTE
        worst = max(accounts, key=lambda one: float(one["longest"]))
        self.notes.append(f"longest callback: {worst['culprit']}")

    async def watch_memory(self) -> None:
        """Until cancelled."""
        while True:
            self.memory.peak = max(self.memory.peak, *(one.resident() for one in self.cluster.instances))
            await asyncio.sleep(MEMORY_INTERVAL)


@asynccontextmanager
async def nothing_beside(on: Machines) -> AsyncIterator[Mapping[str, str]]:
    yield {}


async def nothing_afterwards(stage: Stage, ledger: Ledger) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Fault:
    """`act` warms the load up, breaks, and mends; what it needs for that it prepares before.

    `settings` are those of the instances, in the place of the usual ones; `beside` runs another server, and gives
    the settings of an instance that uses it. `rate` is what is aimed at in
    the full form in the place of the usual rate. `afterwards` looks, once the load has ended, at what the fault has
    to show besides.
    """

    name: str
    about: str
    act: Callable[[Stage], Awaitable[None]]
    bar: Bar = field(default_factory=Bar)
    redis_url: str | None = None
    probed: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    beside: Callable[[Machines], AbstractAsyncContextManager[Mapping[str, str]]] = nothing_beside
    rate: int | None = None
    afterwards: Callable[[Stage, Ledger], Awaitable[None]] = nothing_afterwards


@asynccontextmanager
async def load(cluster: Cluster, form: Form, ledger: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The load process, with every device connected, writing nothing yet."""
    plan = LoadPlan(
        urls=cluster.urls,
        users=form.users,
        devices_per_user=DEVICES_PER_USER,
        rate=form.rate,
        size=CONTENT_SIZE,
        quiet_within=QUIET_WITHIN,
        ledger=str(ledger),
    )
    async with python_module("bench.faults.load", orjson.dumps(asdict(plan)).decode()) as process:
        await hear(process)
        yield process


def read_ledger(path: Path) -> Ledger:
    return Ledger.from_json(path.read_bytes())
