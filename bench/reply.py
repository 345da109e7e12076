"""Replies that stream to a second device of their user, of which every byte is counted."""

import asyncio
import uuid
from contextlib import ExitStack

from bench.frames import finish, growth, opening
from bench.wire import Account, Device

STEP = 500  # characters of a delta
INTERVAL = 0.02  # seconds between two deltas
PATIENCE = 60.0  # seconds for what is not streaming itself
ENDED = b'["message:updated"'


class Listener(Device):
    """Counts what its socket receives, frames and all, from when it is live."""

    __slots__ = ("received_bytes",)

    received_bytes: int

    def data_received(self, data: bytes) -> None:
        if self.is_live:
            self.received_bytes += len(data)
        super().data_received(data)


class Reply:
    """One user with two devices: the first produces, the second listens."""

    def __init__(self, account: Account, length: int) -> None:
        self._account = account
        self._length = length
        self._id = str(uuid.uuid4())
        self._live = asyncio.Semaphore(0)
        self._ended = asyncio.Event()
        self._failure: Exception | None = None
        self._closing = False

    def live(self, device: Device) -> None:
        self._live.release()

    def acknowledged(self, device: Device) -> None:
        """What was refused is missed by the listener."""

    def received(self, device: Device, data: bytes, start: int, end: int) -> None:
        if isinstance(device, Listener) and data.find(ENDED, start, start + 80) >= 0:
            self._ended.set()

    def lost(self, device: Device) -> None:
        if not self._closing:
            self._failure = ConnectionError("the server closed a device whose bytes are counted")
            self._ended.set()

    async def bytes_received(self, port: int) -> int:
        """By the listener, from the opening of the reply to its end. Raises if that does not come."""
        with ExitStack() as opened:
            producer = await self._open(Device(self, self._account, 0, syncs=True), port, opened)
            listener = Listener(self, self._account, 1, syncs=True)
            listener.received_bytes = 0
            await self._open(listener, port, opened)
            await self._produce(producer)
            async with asyncio.timeout(PATIENCE):
                await self._ended.wait()
            self._closing = True
        if self._failure is not None:
            raise self._failure
        return listener.received_bytes

    async def _open(self, device: Device, port: int, opened: ExitStack) -> Device:
        await asyncio.get_running_loop().create_connection(lambda: device, "127.0.0.1", port)
        opened.callback(device.transport.close)
        async with asyncio.timeout(PATIENCE):
            await self._live.acquire()
        return device

    async def _produce(self, producer: Device) -> None:
        loop = asyncio.get_running_loop()
        producer.transport.write(opening(producer, self._id))
        due = loop.time()
        for start in range(0, self._length, STEP):
            text = "x" * min(STEP, self._length - start)
            producer.transport.write(growth(producer, self._id, text))
            due += INTERVAL
            await asyncio.sleep(due - loop.time())
        producer.transport.write(finish(producer, self._id))


async def bytes_by_length(port: int, accounts: list[Account], lengths: list[int]) -> list[int]:
    """All replies stream at once."""
    replies = [Reply(account, length) for account, length in zip(accounts, lengths, strict=True)]
    return await asyncio.gather(*(reply.bytes_received(port) for reply in replies))
