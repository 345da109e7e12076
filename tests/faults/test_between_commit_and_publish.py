"""An instance dies after a commit and before it could tell anybody."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import psutil
import pytest

from tests.house.test_process import ROOT, environment
from tests.support.instances import SECRET, running
from tests.support.people import PATIENCE, register

# The program, but that it kills itself where it would publish a change.
DOOMED = """
import os, signal
from domain.notices import Changed
from fanout.redis import RedisFanout

publish = RedisFanout.publish

def die(self, user_id, notice):
    if isinstance(notice, Changed):
        os.kill(os.getpid(), signal.SIGKILL)
    publish(self, user_id, notice)

RedisFanout.publish = die
from cli import main
main()
"""


@contextmanager
def a_doomed_instance(database_url: str, redis_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    settings = {"database_url": database_url, "redis_url": redis_url, "secret_key": SECRET}
    process = subprocess.Popen(
        [sys.executable, "-c", DOOMED, "serve"],
        env={**environment(**settings, host="127.0.0.1"), "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
        cwd=os.fspath(ROOT),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def until_it_listens(process: "subprocess.Popen[bytes]") -> str:
    async with asyncio.timeout(3 * PATIENCE):
        while True:
            found = await asyncio.to_thread(psutil.Process(process.pid).net_connections)
            if listening := [one for one in found if one.status == psutil.CONN_LISTEN]:
                return f"http://127.0.0.1:{listening[0].laddr.port}"


async def test_what_was_committed_reaches_every_device_and_its_repetition_gives_the_record(
    database_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, redis_url=redis_url) as survivor:
        person = await register(survivor, http)
        conversation = await person.conversation()
        body = {
            "id": "00000000-0000-7000-8000-00000000000a",
            "conversation_id": conversation["id"],
            "role": "user",
            "content": "the last words",
        }
        with a_doomed_instance(database_url, redis_url) as doomed:
            url = await until_it_listens(doomed)
            headers = {"Authorization": f"Bearer {person.token}"}
            async with person.device() as device:
                with pytest.raises(aiohttp.ClientError):
                    await http.post(f"{url}/messages", json=body, headers=headers)
                await device.until_revision(2)
                assert [one[1]["content"] for one in device.named("message:created")] == ["the last words"]
                repeated = await person.rest("POST", "/messages", body)
                assert (repeated.status, repeated.body["revision"]) == (200, 2)
                assert device.revisions == [2]
