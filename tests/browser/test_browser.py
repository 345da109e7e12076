"""The web client in a real browser, against a real instance: the programme of `client/e2e`."""

import asyncio
import os
from pathlib import Path

from tests.support.instances import Instance


async def test_people_chat_in_tabs_and_browsers_that_agree(instance: Instance, repository: Path) -> None:
    programme = await asyncio.create_subprocess_exec(
        "npm",
        "run",
        "--silent",
        "test:e2e",
        cwd=repository / "client",
        env={**os.environ, "BITWORKS_URL": instance.url, "CI": "true"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await programme.communicate()
    assert programme.returncode == 0, output.decode()
