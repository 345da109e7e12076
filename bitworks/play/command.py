"""The command `bitworks play`: reads files, plays them, and reports what became of them."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bitworks.play.client import ApiClient
from bitworks.play.formats import plan_files
from bitworks.play.plan import Plan
from bitworks.play.player import Player, Tally

DEMO_EMAIL = "demo@example.org"
"""The account that is created if none is named."""


@dataclass(frozen=True, slots=True)
class PlayAccount:
    """The account that the conversations are played into."""

    email: str
    """Its address."""
    password: str | None
    """Its password; None: the account is created."""


def read_files(paths: Sequence[Path]) -> Plan:
    """Returns the plan for these files. Raises OSError if one cannot be read."""
    with ExitStack() as open_files:
        return plan_files([(str(path), open_files.enter_context(path.open("rb"))) for path in paths])


async def play_plan(plan: Plan, url: str, account: PlayAccount, out: Console, err: Console) -> None:
    """Plays `plan` into `account` on the server at `url`: progress goes to `err`, the report to `out`.

    Raises PlayFailed, after the report of what was played until then.
    """
    async with aiohttp.ClientSession() as http:
        server = ApiClient(http, url.rstrip("/"))
        await _sign_in(server, account, out)
        tally = Tally.of(plan)
        try:
            with _progress(err) as progress:
                task = progress.add_task("Playing", total=tally.messages.read - tally.messages.skipped)
                await Player(server, tally, lambda done: progress.advance(task, done)).play(plan)
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
    """Prints one line as it is: neither wrapped nor read as markup."""
    out.print(line, markup=False, highlight=False, soft_wrap=True)
