"""The client: `python -m bench.load`. Reads one `LoadPlan` as JSON, prints one object of figures as JSON.

It is a process of its own, so that what it costs is nobody else's, and it publishes its own share of a core.
CPU times are read by itself, at the two ends of the measured time.
"""

import asyncio
import random
import sys
import time
import uuid
from collections.abc import Coroutine
from typing import Any

import orjson
import uvloop

from bench import rest
from bench.accounting import difference, resident_bytes, usage
from bench.faults.people import raise_file_limit
from bench.frames import MARK, creation, growth, opening, signal
from bench.plan import Counts, LoadPlan, percentiles
from bench.probe import Probe
from bench.wire import Account, Device

PATIENCE = 90.0  # seconds until every device is live
TICK = 0.002  # seconds
SETTLE = 1.0  # seconds in which what is still under way arrives
ID = b'"id":"'


class Load:
    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._salt = uuid.uuid4().hex[:8]
        self._accounts = [Account(*one) for one in plan.accounts]
        self._live = 0
        self._all_live = asyncio.Event()
        self._writing = False
        self._measuring = False
        self._next = 0
        self._begun: list[float] = []
        self._arrived: dict[int, int] = {}
        self._templates: dict[int, tuple[bytes, bytes]] = {}
        self._room = asyncio.Semaphore(plan.at_once)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = False
        self.returns = 0
        self.counts = Counts()
        self.last: list[float] = []
        self.devices: list[Device] = []

    # What devices say

    def live(self, device: Device) -> None:
        self._live += 1
        self._room.release()
        if self._live == len(self._accounts) * self._plan.devices:
            self._all_live.set()

    def acknowledged(self, device: Device) -> None:
        if self._measuring:
            self.counts.answers += 1
            self.counts.latencies.append(time.perf_counter() - device.sent)
        if self._writing and self._plan.kind == "write":
            self._send(device)

    def received(self, device: Device, data: bytes, start: int, end: int) -> None:
        if self._measuring:
            self.counts.deliveries += 1
            if self._plan.kind == "stream":
                self.counts.deltas += data.count(MARK, start, end)
        if self._plan.last_arrivals:
            self._note_arrival(data, start)

    def _note_arrival(self, data: bytes, start: int) -> None:
        at = data.find(ID, start)
        if at < 0 or data[at + 6 : at + 14] != self._salt.encode():
            return
        number = int(data[at + 30 : at + 42], 16)
        seen = self._arrived.get(number, 0) + 1
        self._arrived[number] = seen
        if seen == self._plan.devices and self._measuring:
            self.last.append(time.perf_counter() - self._begun[number])

    def lost(self, device: Device) -> None:
        """An overloaded server may close: then it is asked again, with the stock client's first delay."""
        if self._ending:
            return
        self.returns += 1
        if device.is_live:
            self._live -= 1
        else:
            self._room.release()
        loop = asyncio.get_running_loop()
        loop.call_later(random.uniform(0.5, 1.5), self._start, self._open(device.number))

    # Sending

    def _send(self, device: Device) -> None:
        before, after = self._template(device)
        device.sent = now = time.perf_counter()
        if self._plan.last_arrivals:
            self._begun.append(now)
        device.transport.write(before + b"%012x" % self._next + after)
        self._next += 1

    def _template(self, device: Device) -> tuple[bytes, bytes]:
        """A finished frame; of a message in two parts, between which the end of its id goes."""
        made = self._templates.get(device.number)
        if made is None:
            made = self._templates[device.number] = self._make(device)
        return made

    def _make(self, device: Device) -> tuple[bytes, bytes]:
        match self._plan.kind:
            case "typing":
                return signal(device), b""
            case "stream":
                return growth(device, self._reply(device)), b""
        return creation(device, self._salt)

    def _reply(self, device: Device) -> str:
        return f"{self._salt}-0000-4000-8000-{device.number:012x}"

    async def _pace(self) -> None:
        """Sends at the rate of the plan, whatever comes back: each user's first device in turn."""
        writers = self._writers
        begun, sent = time.perf_counter(), 0
        while self._writing:
            due = int((time.perf_counter() - begun) * self._plan.rate)
            for number in range(sent, due):
                device = writers[number % len(writers)]
                if self._plan.kind == "pace":
                    self._send(device)
                else:
                    device.transport.write(self._template(device)[0])
            sent = due
            await asyncio.sleep(TICK)

    # The run

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self, number: int) -> None:
        """Begins one device, when so many others are no longer on their way."""
        plan, user = self._plan, number // self._plan.devices
        ports = [plan.port, *plan.other_ports]
        await self._room.acquire()
        device = self.devices[number] = Device(
            self, self._accounts[user], number, syncs=plan.ours, since=plan.since
        )
        port = ports[user % len(ports)]
        await asyncio.get_running_loop().create_connection(lambda: device, "127.0.0.1", port)

    async def run(self) -> dict[str, Any]:
        plan = self._plan
        await asyncio.sleep(plan.settle)
        memory = resident_bytes(plan.watch["server"])
        before, began = usage(plan.watch), time.perf_counter()
        count = len(self._accounts) * plan.devices
        self.devices = [None] * count  # type: ignore[list-item]  # until each is opened
        for number in range(count):
            self._start(self._open(number))
        async with asyncio.timeout(PATIENCE):
            await self._all_live.wait()
        connected = time.perf_counter() - began
        connecting = difference(usage(plan.watch), before)
        resting = await self._rest()
        figures = await self._measure()
        read = await self._read()
        self._ending = True
        figures |= {
            "resting": resting,
            "read": read,
            "connected": connected,
            "connecting_cpu": connecting,
            "memory": resident_bytes(plan.watch["server"]) - memory,
            "devices": len(self.devices),
            "returns": self.returns,
        }
        return figures

    async def _rest(self) -> dict[str, float]:
        """CPU seconds of a second in which nothing is asked."""
        plan = self._plan
        if not plan.rest:
            return {}
        await asyncio.sleep(plan.warm)
        before, began = usage(plan.watch), time.perf_counter()
        await asyncio.sleep(plan.rest)
        wall = time.perf_counter() - began
        return {name: used / wall for name, used in difference(usage(plan.watch), before).items()}

    async def _read(self) -> dict[str, Any]:
        """Figures of pages that are asked for one after the other, with every device still connected."""
        plan = self._plan
        if not plan.reads:
            return {}
        return await rest.run(rest.RestPlan(plan.port, [plan.page], plan.watch, PATIENCE, most=plan.reads))

    async def _measure(self) -> dict[str, Any]:
        plan = self._plan
        self._writing = True
        pacing = self._begin()
        await asyncio.sleep(plan.warm)
        async with Probe(plan.port) as probe:
            before, own, began = usage(plan.watch), time.process_time(), time.perf_counter()
            self._measuring = True
            await asyncio.sleep(plan.measure)
            wall = time.perf_counter() - began
            after, own = usage(plan.watch), time.process_time() - own
        if plan.last_arrivals:
            self._writing = False
            await asyncio.sleep(SETTLE)
        self._measuring = self._writing = False
        if pacing is not None:
            await pacing
        return {
            "wall": wall,
            "cpu": difference(after, before),
            "client": own / wall,
            "stall": probe.longest,
            "answers": self.counts.answers,
            "deliveries": self.counts.deliveries,
            "deltas": self.counts.deltas,
            "latencies": percentiles(self.counts.latencies),
            "last": percentiles(self.last),
        }

    def _begin(self) -> "asyncio.Task[None] | None":
        if self._plan.kind == "write":
            for device in self._writers:
                self._send(device)
        elif self._plan.rate:
            if self._plan.kind == "stream" and self._plan.ours:
                for device in self._writers:
                    device.transport.write(opening(device, self._reply(device)))
            return asyncio.create_task(self._pace())
        return None

    @property
    def _writers(self) -> list[Device]:
        """The first device of each user who writes."""
        return self.devices[:: self._plan.devices][: self._plan.writers]


async def main() -> None:
    raise_file_limit()
    plan = LoadPlan(**orjson.loads(sys.stdin.buffer.readline()))
    print(orjson.dumps(await Load(plan).run()).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
