"""The program as a process of its own."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from tests.support.children import child, kill
from tests.support.instances import Instance
from tests.support.people import Person, register

MAIN = "from bitworks.hosting.cli import main; main()"
PROGRAM = [sys.executable, "-c", MAIN]
ROOT = Path(__file__).parent.parent.parent


def environment(**settings: object) -> dict[str, str]:
    ours = {name.upper(): str(value) for name, value in settings.items()}
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PORT": "0",
        "BCRYPT_ROUNDS": "4",
        "COLUMNS": "200",
        **ours,
    }


def bitworks(*arguments: str, **settings: object) -> "subprocess.CompletedProcess[str]":
    """Runs a command to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def serving(**settings: object) -> AbstractContextManager[tuple["subprocess.Popen[str]", str]]:
    """A server in a process of its own, and its URL; killed at the end if it still runs."""
    return serving_with([*PROGRAM, "serve"], environment(**settings))


@contextmanager
def serving_with(
    command: Sequence[str | Path], environment: Mapping[str, str], cwd: Path | None = None
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The same of another program than that of this checkout."""
    with child(command, env=environment, cwd=cwd, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if (found := re.search(r"http://localhost:(\d+)", line)) is not None:
                break
        else:
            pytest.fail("it did not start")
        try:
            yield process, f"http://127.0.0.1:{found[1]}"
        finally:
            kill(process)
            process.stderr.close()


@contextmanager
def serving_in_a_terminal(**settings: object) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A server that was started in a terminal, which is closed with the file descriptor that is given beside it."""
    terminal, its_end = os.openpty()
    command = [*PROGRAM, "serve"]
    options: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), its_end)
    with child(
        command,
        env=environment(**settings),
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        **options,
    ) as process:
        os.close(its_end)
        seen = b""
        while b"http://" not in seen:
            seen += os.read(terminal, 4096)
        yield process, terminal


def processes_on(directory: Path) -> list[psutil.Process]:
    """The processes whose command line names this directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(directory) in " ".join(process.cmdline()):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def stop(process: "subprocess.Popen[str]", number: signal.Signals = signal.SIGINT) -> None:
    process.send_signal(number)
    assert process.wait(timeout=30) == 0


def at(url: str) -> Instance:
    """An instance that is not in this process."""
    return Instance(url, app=None)  # type: ignore[arg-type]


async def a_person_at(url: str, http: aiohttp.ClientSession) -> Person:
    return await register(at(url), http)
