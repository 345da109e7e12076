"""The HTTP client: `python -m bench.rest`. One connection for each request of the plan, which is sent again
as soon as it is answered.
"""

import asyncio
import sys
import time
from dataclasses import dataclass
from typing import Any, cast

import orjson
import uvloop

from bench.accounting import difference, usage

LENGTH = b"content-length:"
WARM = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class RestPlan:
    """Ends after `measure` seconds, or after `most` answers if they come first."""

    port: int
    requests: list[str]
    watch: dict[str, int]
    measure: float
    most: int | None = None


class Requester(asyncio.Protocol):
    """Sends one request over and over. `latencies` are in seconds, of the measured time."""

    def __init__(self, request: bytes, enough: "asyncio.Event", most: int | None) -> None:
        self.latencies: list[float] = []
        self.measuring = False
        self._request = request
        self._enough = enough
        self._most = most
        self._left = -1
        self._head = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            data = self._head + data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._head = data
                return
            self._begin(data[:end], len(data) - end - 4)
        else:
            self._left -= len(data)
        if self._left == 0:
            self._done()

    def _begin(self, head: bytes, received: int) -> None:
        if not head.startswith(b"HTTP/1.1 20"):
            raise ConnectionError(head.decode())
        lowered = head.lower()
        at = lowered.index(LENGTH) + len(LENGTH)
        self._left = int(lowered[at : lowered.find(b"\r", at) if b"\r" in lowered[at:] else None]) - received

    def _done(self) -> None:
        if self.measuring:
            self.latencies.append(time.perf_counter() - self._sent)
            if self._most is not None and len(self.latencies) >= self._most:
                self._enough.set()
                return
        self._left, self._head = -1, b""
        self._send()


async def run(plan: RestPlan) -> dict[str, Any]:
    loop, enough = asyncio.get_running_loop(), asyncio.Event()
    opened = [
        await loop.create_connection(
            lambda request=request: Requester(request.encode(), enough, plan.most), "127.0.0.1", plan.port
        )
        for request in plan.requests
    ]
    requesters = [requester for _, requester in opened]
    await asyncio.sleep(WARM)
    before, own, began = usage(plan.watch), time.process_time(), time.perf_counter()
    for requester in requesters:
        requester.measuring = True
    try:
        async with asyncio.timeout(plan.measure):
            await enough.wait()
    except TimeoutError:
        pass
    wall, after, own = time.perf_counter() - began, usage(plan.watch), time.process_time() - own
    for transport, _ in opened:
        transport.close()
    latencies = sorted(one for requester in requesters for one in requester.latencies)
    return {
        "wall": wall,
        "answers": len(latencies),
        "cpu": difference(after, before),
        "client": own / wall,
        "p50": latencies[len(latencies) // 2],
        "p99": latencies[int(len(latencies) * 0.99)],
    }


async def main() -> None:
    plan = RestPlan(**orjson.loads(sys.stdin.buffer.readline()))
    print(orjson.dumps(await run(plan)).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
