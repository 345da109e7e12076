"""The page of the SDK runs as it is printed there; its React part is used by `client/e2e`."""

import asyncio
import re
from pathlib import Path

from tests.support.instances import running


def blocks(page: str, kind: str) -> str:
    return "".join(re.findall(rf"^```{kind}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))


async def run(code: str, repository: Path) -> tuple[int | None, str]:
    program = await asyncio.create_subprocess_exec(
        *("node", repository / "client/scripts/run-typescript.mjs"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await program.communicate(code.encode())
    return program.returncode, output.decode()


async def test_the_page_of_the_sdk_prints_what_it_says(database_url: str, repository: Path) -> None:
    page = (repository / "docs/sdk.md").read_text(encoding="utf-8")
    async with running(database_url, reply_producer="demo") as instance:
        code = blocks(page, "ts").replace("http://localhost:8000", instance.url)
        status, output = await run(code, repository)
    assert status == 0, output
    assert output == blocks(page, "text")
