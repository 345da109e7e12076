"""What `bitworks play` does, from files to counts."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bitworks.play.client import ApiClient
from bitworks.play.formats import plan
from bitworks.play.plan import Plan
from bitworks.play.player import Player, Tally

DEMO_EMAIL = "demo@example.org"


@dataclass(frozen=True, slots=True)
class PlayAccount:
    """Whose history it becomes. Without a password the account is made."""

    email: str
    password: str | None


def read_files(paths: Sequence[Path]) -> Plan:
    """Raises OSError for what cannot be read."""
    with ExitStack() as open_files:
        return plan([(str(path), open_files.enter_context(path.open("rb"))) for path in paths])


async def play_plan(wanted: Plan, url: str, account: PlayAccount, out: Console, err: Console) -> None:
    """Plays it, showing how far it is, and says what came of it. Raises PlayFailed."""
    async with aiohttp.ClientSession() as http:
        server = ApiClient(http, url.rstrip("/"))
        await _sign_in(server, account, out)
        tally = Tally.of(wanted)
        try:
            with _progress(err) as progress:
                task = progress.add_task("Playing", total=tally.messages.read - tally.messages.skipped)
                await Player(server, tally, lambda done: progress.advance(task, done)).play(wanted)
        finally:
            _report(tally, out)
        await server.logout()


async def _sign_in(server: ApiClient, account: PlayAccount, out: Console) -> None:
    if account.password is not None:
        await server.login(account.email, account.password)
        return
    password = await server.register(account.email)
    _say(out, f"Registered {account.email} with the password {password}")


def _progress(err: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal,
    )


def _report(tally: Tally, out: Console) -> None:
    for skip in tally.skips:
        _say(out, f"Skipped {skip}")
    table = Table("", "read", "written", "already there", "skipped", box=None)
    for name, count in (("conversations", tally.conversations), ("messages", tally.messages)):
        table.add_row(name, *map(str, (count.read, count.written, count.already_there, count.skipped)))
    out.print(table)


def _say(out: Console, line: str) -> None:
    """One line as it is: neither wrapped nor read as markup."""
    out.print(line, markup=False, highlight=False, soft_wrap=True)
