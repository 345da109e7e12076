"""A process full of devices: `python -m bench.faults.crowd`, which can be killed with all of them.

Its first line is a `CrowdPlan` as JSON. It registers its users and says `ready`; after `connect` it connects
everybody at once and says how many seconds that took; then it stays until it is killed or told `leave`.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import orjson
import uvloop

from bench.faults.device import Device
from bench.faults.people import Account, http_session, raise_file_limit, register_all
from bench.faults.process import next_order


@dataclass(frozen=True, slots=True)
class CrowdPlan:
    urls: list[str]
    users: int
    devices_per_user: int


class Crowd:
    """Counts who is there."""

    def __init__(self) -> None:
        self.here = 0
        self.complete = asyncio.Event()
        self.errors: list[str] = []
        self.wanted = 0

    def arrived(self, device: Device, at: float, revision: int, id_: str) -> None: ...

    def answered(self, device: Device, number: int, answer: dict[str, object]) -> None: ...

    def failed(self, at: float, kind: str) -> None:
        self.errors.append(kind)

    def present(self, device: Device, at: float, here: bool) -> None:
        self.here += 1 if here else -1
        if self.here == self.wanted:
            self.complete.set()


async def main() -> None:
    raise_file_limit()
    plan = CrowdPlan(**orjson.loads(await next_order()))
    async with http_session() as http:
        accounts = await register_all(http, plan.urls, plan.users, conversations=False)
        print("ready", flush=True)
        await next_order()
        await _gather_everybody(plan, accounts, http)


async def _gather_everybody(plan: CrowdPlan, accounts: list[Account], http: aiohttp.ClientSession) -> None:
    crowd = Crowd()
    everybody = [one for one in accounts for _ in range(plan.devices_per_user)]
    crowd.wanted = len(everybody)
    began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        living = [
            tasks.create_task(Device(number, account, plan.urls, crowd).live(http))
            for number, account in enumerate(everybody)
        ]
        await crowd.complete.wait()
        print(orjson.dumps([time.monotonic() - began, len(crowd.errors)]).decode(), flush=True)
        await next_order()
        for one in living:
            one.cancel()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        uvloop.run(main())
