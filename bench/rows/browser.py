"""What a person waits for, and scrolls through, in a real browser."""

import asyncio
import shutil
import sys
import time
from pathlib import Path

import orjson

from bench.contenders import Contender, Machines
from bench.faults.cluster import ROOT
from bench.rows.row import Bar, Figures, Form, Row
from bench.seed import LIFETIME, add_talk
from bench.stage import people
from bench.wire import Account

SCRIPTS = ROOT / "client" / "scripts"
LONG = 100_000  # messages
MB = 1e6


async def in_browser(script: str, *arguments: str) -> Figures:
    """The figures of a script that drives a browser. RuntimeError with what it said if it fails."""
    node = shutil.which("node") or str(Path(sys.executable).parent / "node")
    pipe = asyncio.subprocess.PIPE
    browser = await asyncio.create_subprocess_exec(
        node, str(SCRIPTS / script), *arguments, stdout=pipe, stderr=pipe
    )
    said, complaints = await browser.communicate()
    if browser.returncode:
        raise RuntimeError(complaints.decode())
    figures: Figures = orjson.loads(said)
    return figures


async def first_paint(url: str) -> Figures:
    """With nothing kept, on a slow network."""
    return await in_browser("firstPaint.mjs", url)


async def scrolled(url: str, account: Account, count: int) -> Figures:
    """Through a conversation of so many messages (`add_talk`), from its end to its beginning."""
    user = {"id": account.id, "email": "bench@example.org", "created_at": "2026-01-01T00:00:00.000Z"}
    expires_at = (time.time() + LIFETIME.total_seconds()) * 1000
    tokens = {"access": account.token, "refresh": "", "expiresAt": expires_at, "user": user}
    told = await in_browser(
        "scrolling.mjs", url, orjson.dumps(tokens).decode(), account.conversation, str(count)
    )
    heap = {at: told[at] / MB for at in ("start", "middle", "end")}
    return {**told, **heap, "growth": told["end"] / told["middle"]}


async def opened(on: Machines, contender: Contender, form: Form) -> Figures:
    async with on.serving(contender) as served:
        return await first_paint(served.url)


async def scrolling(on: Machines, contender: Contender, form: Form) -> Figures:
    [account] = await people(on, contender, 1)
    async with on.database(contender) as connection:
        await add_talk(connection, account, form.of(LONG))
        await connection.execute("vacuum analyze messages, conversations")
    async with on.serving(contender) as served:
        return await scrolled(served.url, account, form.of(LONG))


BROWSER = [
    Row(
        "first-paint",
        "the web client's first contentful paint, cold cache, 9 Mbit/s and 170 ms a round trip",
        ("ours",),
        opened,
        {"paint": "ms", "bytes": "bytes"},
        (Bar("paint", "at most", 1500),),
    ),
    Row(
        "scrolling",
        "the web client scrolled through 100,000 messages, a screen in each frame",
        ("ours",),
        scrolling,
        {"longest": "ms", "over": "frames", "frames": "", "start": "MB", "middle": "MB", "end": "MB"}
        | {"growth": "×"},
        (Bar("longest", "at most", 100), Bar("growth", "at most", 1.2)),
        rounds=1,
    ),
]
