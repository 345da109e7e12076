"""An instance dies after a commit and before it could tell anybody."""

import aiohttp
import pytest

from tests.support.instances import running
from tests.support.people import register
from tests.support.processes import program, until_it_listens

# The program, but that it kills itself where it would publish a change.
DOOMED = """
import os, signal
from bitworks.fanout.notices import Changed
from bitworks.fanout.redis import RedisFanout

publish = RedisFanout.publish

def die(self, user_id, notice):
    if isinstance(notice, Changed):
        os.kill(os.getpid(), signal.SIGKILL)
    publish(self, user_id, notice)

RedisFanout.publish = die
from bitworks.hosting.cli import main
main()
"""


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
        with program(DOOMED, database_url=database_url, redis_url=redis_url) as doomed:
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
