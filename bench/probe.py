"""How long a server's event loop stands still: the longest answer to the cheapest request."""

import asyncio
import contextlib
import time
from typing import Self

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
INTERVAL = 0.01  # seconds


class Probe:
    """Asks over one connection, again and again, while it is entered. `longest` is in seconds."""

    def __init__(self, port: int) -> None:
        self.longest = 0.0
        self._port = port
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._ask())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _ask(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            while True:
                began = time.perf_counter()
                writer.write(REQUEST)
                if not await reader.read(4096):
                    return
                self.longest = max(self.longest, time.perf_counter() - began)
                await asyncio.sleep(INTERVAL)
        finally:
            writer.close()
