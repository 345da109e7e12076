"""The recipe for n8n, as it stands in the documents, run as n8n runs it."""

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path

from bitworks.core.ids import UserId
from bitworks.features.relay.cloud_events import CloudEvent, Envelope

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
