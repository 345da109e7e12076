"""The web client in a real browser, against a real instance: the programme of `client/e2e`."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.instances import Instance, running


@pytest.fixture
async def answering(database_url: str) -> AsyncIterator[Instance]:
    """An instance on which the demonstration answers."""
    async with running(database_url, reply_producer="demo") as instance:
        yield instance


async def test_people_chat_in_tabs_and_browsers_that_agree(
    instance: Instance, answering: Instance, repository: Path
) -> None:
    programme = await asyncio.create_subprocess_exec(
        "npm",
        "run",
        "--silent",
        "test:e2e",
        cwd=repository / "client",
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
    output, _ = await programme.communicate()
    assert programme.returncode == 0, output.decode()
