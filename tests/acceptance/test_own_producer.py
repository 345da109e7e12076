"""The example of the documentation runs as it is printed there."""

import asyncio
import os
import re
import sys
from pathlib import Path

from tests.support.people import Person
from tests.support.streaming import Screen


def the_example(repository: Path) -> str:
    document = (repository / "docs/own-producer.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    return str(code)


async def run(code: str, person: Person, conversation_id: str) -> tuple[int | None, str]:
    named = {"URL": person.instance.url, "TOKEN": person.token, "CONVERSATION": conversation_id}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code),
        env={**os.environ, **named, "PYTHONIOENCODING": "utf-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_a_producer_of_one_s_own_in_twenty_lines(person: Person, repository: Path) -> None:
    code = the_example(repository)
    assert len([line for line in code.splitlines() if line]) <= 20
    conversation = await person.conversation()
    async with person.device() as device:
        assert await run(code, person, conversation["id"]) == (0, "")
        [opened] = device.named("message:created")
        screen = Screen(device, opened[1]["id"])
        ended = await screen.until_ended()
        assert ended["content"] == "The quick brown fox 🦊 jumps over the lazy dog. "
        assert (ended["status"], ended["metadata"]["model"]) == ("complete", "fox-1")
        screen.assert_grew_steadily()


async def test_it_is_told_when_somebody_presses_stop(person: Person, repository: Path) -> None:
    endless = the_example(repository).replace('.split(" ")', '.split(" ") * 10_000')
    conversation = await person.conversation()
    async with person.device() as device:
        running = asyncio.create_task(run(endless, person, conversation["id"]))
        await device.until(lambda d: d.named("message:created"))
        id_ = device.named("message:created")[0][1]["id"]
        stopped = await device.call("message:stop", {"id": id_})
        assert stopped["ok"]
        assert await running == (0, "no longer wanted: stopped\n")
