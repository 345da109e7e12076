"""The recipe for n8n and the mirror, as they stand in the documents, run as n8n and a newcomer run them."""

import asyncio
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import aio_pika
import pytest
from aio_pika.exceptions import ChannelNotFoundEntity

from bench.rabbitmq import RabbitMQ
from bitworks.core.ids import UserId
from bitworks.features.relay.cloud_events import CloudEvent, Envelope
from tests.support.people import PATIENCE
from tests.support.rabbitmq import EXAMPLES

pytestmark = pytest.mark.servers

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ADA = UserId("ada")
# Each line of the input is one execution: what it kept is the next one's.
RUNNER = """
const kept = {}, $getWorkflowStaticData = () => kept;
for (const event of JSON.parse(process.argv[1])) {
  const $input = { all: () => [{ json: { content: event } }] };
  const passed = (() => { RECIPE })();
  if (passed.length) console.log(event.id);
}
"""


async def passed(recipe: str, events: list[CloudEvent]) -> list[str]:
    script = RUNNER.replace("RECIPE", recipe)
    node = await asyncio.create_subprocess_exec(
        "node", "-e", script, json.dumps(events, default=str), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await node.communicate()
    assert node.returncode == 0
    return out.decode().split()


async def test_the_recipe_for_n8n_passes_what_is_new_and_nothing_twice(repository: Path) -> None:
    document = (repository / "docs/rabbitmq.md").read_text(encoding="utf-8")
    [recipe] = re.findall(r"```js\n(.*?)```", document, re.DOTALL)
    old, new = Envelope("https://chat.example.org", "f"), Envelope("https://chat.example.org", "a")
    one, two = (old.of_deleted_user(ADA, revision, NOW) for revision in (1, 2))
    again = new.of_deleted_user(ADA, 1, NOW)
    events = [one, one, two, one, new.of_epoch(NOW), again, two, new.of_epoch(NOW), again]
    assert await passed(recipe, events) == [one["id"], two["id"], again["id"]]


async def test_the_mirror_makes_what_it_needs_and_ends_with_an_error_when_the_broker_goes_away(
    rabbitmq_of_run: RabbitMQ, amqp_url: str
) -> None:
    mirror = await asyncio.create_subprocess_exec(
        sys.executable,
        EXAMPLES / "mirror.py",
        env={**os.environ, "AMQP_URL": amqp_url},
        stderr=subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        while not await has_queue(amqp_url):  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.1)
        await rabbitmq_of_run.control("close_all_connections", "--vhost", amqp_url.rpartition("/")[2], "gone")
        _, said = await mirror.communicate()
    assert mirror.returncode == 1
    assert b"Error" in said.splitlines()[-1]


async def has_queue(amqp_url: str) -> bool:
    async with await aio_pika.connect(amqp_url) as connection:
        try:
            await (await connection.channel()).declare_queue("my-mirror", passive=True)
        except ChannelNotFoundEntity:
            return False
        return True
