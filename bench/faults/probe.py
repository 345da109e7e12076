"""An instance that keeps account of itself: `python -m bench.faults.probe serve`, otherwise as `bitworks`.

It runs on asyncio's own loop, whose callbacks can be measured one by one; it is slower than the one that
instances usually run on, so what holds here holds there. Figures go to the file that PROBE names, twice a
second. SIGUSR1 begins the account anew.
"""

import asyncio
import os
import signal
import threading
import time
from asyncio.events import Handle
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import uvloop

from bitworks.hosting.cli import main
from bitworks.realtime.engine.connection import Connection
from bitworks.realtime.engine.frame import Frame

INTERVAL = 0.5  # seconds


@dataclass(slots=True)
class Account:
    """`longest` is the thread's CPU time in one callback, in seconds; `buffered` the most bytes taken for one
    client and not yet by the kernel.
    """

    longest: float = 0.0
    culprit: str = ""
    buffered: int = 0

    def ran(self, handle: Handle, seconds: float) -> None:
        if seconds > self.longest:
            self.longest, self.culprit = seconds, repr(handle)[:300]

    def sent(self, connection: Connection) -> None:
        self.buffered = max(self.buffered, connection.buffered)


account = Account()


def watch_callbacks() -> None:
    run = Handle._run

    def measured(self: Handle) -> None:
        began = time.thread_time()
        run(self)
        account.ran(self, time.thread_time() - began)

    Handle._run = measured  # type: ignore[method-assign]


def watch_buffers() -> None:
    send = Connection.send

    def watched(self: Connection, frame: Frame) -> None:
        send(self, frame)
        account.sent(self)

    Connection.send = watched  # type: ignore[method-assign]


def begin_anew(*_: object) -> None:
    global account
    account = Account()


def write_down(path: Path) -> None:
    """Until the process ends. Whole or not at all, so that a reader never sees half."""
    draft = path.with_suffix(".draft")
    while True:
        draft.write_bytes(orjson.dumps(asdict(account)))
        draft.replace(path)
        time.sleep(INTERVAL)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, begin_anew)
    watch_callbacks()
    watch_buffers()
    uvloop.run = asyncio.run
    threading.Thread(target=write_down, args=(Path(os.environ["PROBE"]),), daemon=True).start()
    main()
