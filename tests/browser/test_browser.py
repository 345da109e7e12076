"""The web client in a real browser, against real instances: the programmes of `client/e2e`."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.instances import Instance, running

CLIENT = Path(__file__).parents[2] / "client"
PROGRAMMES = [path.name for path in sorted((CLIENT / "e2e").glob("*.spec.ts"))]

pytestmark = pytest.mark.timeout(480)


@pytest.fixture
async def answering(other_database_url: str) -> AsyncIterator[Instance]:
    """Where the demonstration answers. The other instance, where nobody does, would say so in its place."""
    async with running(other_database_url, reply_producer="demo") as instance:
        yield instance


@pytest.mark.parametrize("programme", PROGRAMMES)
async def test_people_chat_in_tabs_and_browsers_that_agree(
    instance: Instance, answering: Instance, programme: str, tmp_path: Path
) -> None:
    playwright = await asyncio.create_subprocess_exec(
        "npm",
        "run",
        "--silent",
        "test:e2e",
        "--",
        f"/{programme}",
        "--output",
        str(tmp_path),
        cwd=CLIENT,
        env={
            **os.environ,
            "BITWORKS_URL": instance.url,
            "BITWORKS_ANSWERING_URL": answering.url,
            "CI": "true",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await playwright.communicate()
    assert playwright.returncode == 0, output.decode()
