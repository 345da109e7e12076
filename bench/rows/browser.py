"""What a person waits for, in a real browser: the web client over a slow network, with nothing kept."""

import asyncio
import shutil
import sys
from pathlib import Path

import orjson

from bench.contenders import Contender, Machines
from bench.faults.cluster import ROOT
from bench.rows.row import Bar, Figures, Form, Row

SCRIPT = ROOT / "client" / "scripts" / "firstPaint.mjs"


async def first_paint(url: str) -> Figures:
    """In a browser of its own, with nothing kept. RuntimeError with what the browser said if it fails."""
    node = shutil.which("node") or str(Path(sys.executable).parent / "node")
    pipe = asyncio.subprocess.PIPE
    browser = await asyncio.create_subprocess_exec(node, str(SCRIPT), url, stdout=pipe, stderr=pipe)
    said, complaints = await browser.communicate()
    if browser.returncode:
        raise RuntimeError(complaints.decode())
    figures: Figures = orjson.loads(said)
    return figures


async def opened(on: Machines, contender: Contender, form: Form) -> Figures:
    async with on.serving(contender) as served:
        return await first_paint(served.url)


BROWSER = [
    Row(
        "first-paint",
        "the web client's first contentful paint, cold cache, 9 Mbit/s and 170 ms a round trip",
        ("ours",),
        opened,
        {"paint": "ms", "bytes": "bytes"},
        (Bar("paint", "at most", 1500),),
    ),
]
