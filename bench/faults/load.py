"""The process that writes and reads: `python -m bench.faults.load`, told what to do on its standard input.

Its first line is a `LoadPlan` as JSON; then `write` begins the writing, and `stop` ends it, waits until every
write is answered and every device has everything, writes the ledger to its file, and ends the process.
"""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import orjson
import uvloop

from bench.faults.device import Device
from bench.faults.ledger import Arrival, Ledger, Write
from bench.faults.people import Account, http_session, raise_file_limit, register_all
from bench.faults.process import next_order, until
from bench.faults.wire import Gone

TICK = 0.01  # seconds
# After the first so many seconds without an answer a write is repeated with the same id; then after twice as
# long, and so on to the last: or an overload would be fed by its own repetitions.
ANSWER_TIMEOUT = 3.0
LONGEST_ANSWER_TIMEOUT = 24.0
RETRY_DELAY = 0.2  # seconds, after an answer that says it is retryable
MOST_UNANSWERED = 100  # writes of one user, above which no further ones are begun
LINGER = 1.0  # seconds in which something doubled could still come


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """`rate` is in writes a second of all users together; `quiet_within` in seconds."""

    urls: list[str]
    users: int
    devices_per_user: int
    rate: float
    size: int
    quiet_within: float
    ledger: str


class Writer:
    """One user's writes: what waits, and what is on its way on which device."""

    def __init__(self, account: Account, devices: list[Device]) -> None:
        self.account = account
        self.devices = devices
        self.waiting: deque[int] = deque()
        self.under_way: dict[int, tuple[Device, float]] = {}
        self.patience: dict[int, float] = {}
        self._turn = 0

    @property
    def unanswered(self) -> int:
        return len(self.waiting) + len(self.under_way)

    def next_device(self) -> Device | None:
        """The connected devices in turn."""
        for _ in self.devices:
            self._turn += 1
            device = self.devices[self._turn % len(self.devices)]
            if device.wire is not None:
                return device
        return None

    def give_back(self, numbers: list[int]) -> None:
        for number in numbers:
            if self.under_way.pop(number, None) is not None:
                self.waiting.append(number)


class Load:
    """Owns the devices and keeps the ledger."""

    def __init__(self, plan: LoadPlan, accounts: list[Account]) -> None:
        self._plan = plan
        self._padding = "x" * plan.size
        self._writers: list[Writer] = []
        self._owner: dict[Device, Writer] = {}
        self._writing = False
        self._begun = 0.0
        self.ledger = Ledger(users=[one.id for one in accounts], owners=[])
        for user, account in enumerate(accounts):
            self._add(user, account)

    def _add(self, user: int, account: Account) -> None:
        numbers = range(len(self.ledger.owners), len(self.ledger.owners) + self._plan.devices_per_user)
        writer = Writer(account, [Device(number, account, self._plan.urls, self) for number in numbers])
        self._writers.append(writer)
        for device in writer.devices:
            self._owner[device] = writer
            self.ledger.owners.append(user)
            self.ledger.arrivals.append([])
            self.ledger.presence.append([])

    @property
    def devices(self) -> list[Device]:
        return list(self._owner)

    # What the devices say

    def arrived(self, device: Device, at: float, revision: int, id_: str) -> None:
        self.ledger.arrivals[device.number].append(Arrival(at, revision, id_))

    def present(self, device: Device, at: float, here: bool) -> None:
        self.ledger.presence[device.number].append((at, here))
        if not here:
            writer = self._owner[device]
            writer.give_back([n for n, (carrier, _) in writer.under_way.items() if carrier is device])

    def failed(self, at: float, kind: str) -> None:
        self.ledger.errors.append((at, kind))

    def answered(self, device: Device, number: int, answer: dict[str, object]) -> None:
        now = time.monotonic()
        write = self.ledger.writes[number]
        writer = self._owner[device]
        if answer["ok"]:
            writer.under_way.pop(number, None)
            if number in writer.waiting:
                writer.waiting.remove(number)
            if write.acknowledged is None:
                write.acknowledged, write.revision = now, int(str(answer["revision"]))
            return
        error = answer["error"]
        assert isinstance(error, dict)
        self.failed(now, f"answer: {error['code']}")
        if error["retryable"]:
            asyncio.get_running_loop().call_later(RETRY_DELAY, writer.give_back, [number])
        else:
            writer.under_way.pop(number, None)

    # Writing

    def begin(self) -> None:
        self._writing = True
        self._begun = time.monotonic()

    def end(self) -> None:
        self._writing = False

    async def write_forever(self) -> None:
        """Begins writes at the pace of the plan, whatever the servers do; sends what waits."""
        begun = 0
        while True:
            due = int((time.monotonic() - self._begun) * self._plan.rate) if self._writing else begun
            for number in range(begun, due):
                self._begin_one(number % len(self._writers))
            begun = due
            for writer in self._writers:
                self._repeat_overdue(writer)
                await self._send_waiting(writer)
            await asyncio.sleep(TICK)

    def _begin_one(self, user: int) -> None:
        writer = self._writers[user]
        if writer.unanswered < MOST_UNANSWERED:
            self.ledger.writes.append(Write(user, str(uuid.uuid4()), time.monotonic()))
            writer.waiting.append(len(self.ledger.writes) - 1)

    def _repeat_overdue(self, writer: Writer) -> None:
        now = time.monotonic()
        overdue = [
            number
            for number, (_, sent) in writer.under_way.items()
            if sent + writer.patience.get(number, ANSWER_TIMEOUT) < now
        ]
        for number in overdue:
            self.failed(now, "no answer in time")
            longer = writer.patience.get(number, ANSWER_TIMEOUT) * 2
            writer.patience[number] = min(longer, LONGEST_ANSWER_TIMEOUT)
        writer.give_back(overdue)

    async def _send_waiting(self, writer: Writer) -> None:
        while writer.waiting and (device := writer.next_device()) is not None and device.wire is not None:
            number = writer.waiting.popleft()
            writer.under_way[number] = (device, time.monotonic())
            try:
                await device.wire.emit("message:create", self._message(writer, number), number)
            except Gone:
                return  # it comes back to the queue when the device notices

    def _message(self, writer: Writer, number: int) -> dict[str, str]:
        return {
            "id": self.ledger.writes[number].id,
            "conversation_id": writer.account.conversation,
            "role": "user",
            "content": self._padding,
        }

    # Coming to rest

    async def until_present(self) -> None:
        await until(lambda: all(device.wire is not None for device in self.devices))

    async def until_quiet(self) -> None:
        """Every write answered, every device at the last revision of its user; or the plan's time is over."""
        try:
            async with asyncio.timeout(self._plan.quiet_within):
                await until(lambda: not any(writer.unanswered for writer in self._writers))
                await until(self._all_caught_up)
        except TimeoutError:
            self.failed(time.monotonic(), "never quiet")
        await asyncio.sleep(LINGER)

    def _all_caught_up(self) -> bool:
        last = [0] * len(self._writers)
        for write in self.ledger.writes:
            last[write.user] = max(last[write.user], write.revision or 0)
        owners = self.ledger.owners
        return all(device.revision >= last[owners[device.number]] for device in self.devices)


async def main() -> None:
    raise_file_limit()
    plan = LoadPlan(**orjson.loads(await next_order()))
    async with http_session() as http:
        load = Load(plan, await register_all(http, plan.urls, plan.users))
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(work) for work in _works(load, http)]
            await load.until_present()
            print("ready", flush=True)
            await _obey(load)
            for task in running:
                task.cancel()
    await asyncio.to_thread(Path(plan.ledger).write_bytes, load.ledger.to_json())


def _works(load: Load, http: aiohttp.ClientSession) -> list[Coroutine[None, None, None]]:
    return [load.write_forever(), *(device.live(http) for device in load.devices)]


async def _obey(load: Load) -> None:
    while (order := await next_order()) != "stop":
        if order == "write":
            load.begin()
        elif order == "":
            raise SystemExit("the bench is gone")
    load.end()
    await load.until_quiet()


if __name__ == "__main__":
    uvloop.run(main())
