"""`bitworks play` as a person runs it: the program, a running server, and what is said."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.support.instances import Instance
from tests.support.people import PASSWORD, Person, request

PROGRAM = [sys.executable, "-c", "from bitworks.hosting.cli import main; main()"]
OWN = Path(__file__).parent / "data"
FILES = sorted(str(path) for path in OWN.glob("*.jsonl"))


@dataclass(frozen=True, slots=True)
class Ended:
    """A run of the program, to its end."""

    code: int
    out: str
    err: str

    def counts(self, noun: str) -> dict[str, int]:
        """A row of the table it ends with, by the names of its columns."""
        header, *rows = self.out.splitlines()[-3:]
        [row] = [row.split()[1:] for row in rows if row.split()[0] == noun]
        names = header.replace("already there", "there").split()
        return dict(zip(names, map(int, row), strict=True))

    @property
    def skips(self) -> list[str]:
        return [line for line in self.out.splitlines() if line.startswith("Skipped ")]


async def play(repository: Path, *arguments: str) -> Ended:
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "play", *arguments,
        env={**os.environ, "PYTHONPATH": str(repository)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def test_a_first_run_registers_and_writes_and_a_second_finds_everything_there(
    instance: Instance, http: aiohttp.ClientSession, repository: Path
) -> None:
    first = await play(repository, *FILES, "--url", instance.url + "/")
    assert (first.code, first.err) == (0, "")
    assert first.counts("conversations") == {"read": 18, "written": 14, "there": 0, "skipped": 4}
    assert first.counts("messages") == {"read": 46, "written": 40, "there": 0, "skipped": 6}
    assert [line.rpartition("/")[2] for line in first.skips] == [
        "broken.jsonl:2: not JSON (unexpected end of data, column 42)",
        "broken.jsonl:3: unknown shape: neither a message tree, nor a question, nor an answer",
        "broken.jsonl:4: empty text",
        "broken.jsonl:5: answer without question: no file given has the question nobody asked",
        "broken.jsonl:6: message d1: deleted message",
    ]

    registered = first.out.splitlines()[0]
    assert registered.startswith("Registered demo@example.org with the password ")
    password = registered.rpartition(" ")[2]
    second = await play(repository, *FILES, "--url", instance.url, "--password", password)
    assert (second.code, second.err) == (0, "")
    assert second.counts("conversations") == {"read": 18, "written": 0, "there": 14, "skipped": 4}
    assert second.counts("messages") == {"read": 46, "written": 0, "there": 40, "skipped": 6}
    assert second.skips == first.skips

    credentials = {"email": "demo@example.org", "password": password}
    signed_in = await request(http, "POST", f"{instance.url}/auth/login", json=credentials)
    demo = Person(instance, http, signed_in.body)
    assert len(await demo.must("GET", "/conversations/me?limit=200")) == 14
    # It leaves no session behind.
    assert len(await demo.must("GET", "/auth/sessions")) == 1


async def test_what_keeps_it_from_playing_is_said_in_one_line(
    instance: Instance, person: Person, repository: Path, unused_tcp_port: int
) -> None:
    email = person.tokens["user"]["email"]
    nowhere = f"http://127.0.0.1:{unused_tcp_port}"
    no_server, taken, wrong = await asyncio.gather(
        play(repository, *FILES, "--url", nowhere),
        play(repository, *FILES, "--url", instance.url, "--email", email),
        play(repository, *FILES, "--url", instance.url, "--email", email, "--password", PASSWORD + "!"),
    )
    assert no_server.err.startswith(f"Could not reach {nowhere}: ")
    assert taken.err == (
        f"The account {email} exists already: add --email {email} --password and its password, "
        "or another --email to make one.\n"
    )
    assert wrong.err == (
        f"Could not sign in as {email} on {instance.url}: The email or the password is wrong.\n"
    )
    for ended in (no_server, taken, wrong):
        assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
