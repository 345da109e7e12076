"""Conversations that are longer than their window, and waiting for what stands for the rest."""

import asyncio
from typing import Any

from tests.support.instances import Instance
from tests.support.people import PATIENCE, Json, Person

SENTENCE = "We were in Valencia, where the trams go down to the sea and nobody was in a hurry at all. " * 2
LIMIT = 400  # tokens


async def a_long_talk(person: Person, messages: int = 10, **chosen: Any) -> Json:
    """A conversation of which only the end fits into the window: nobody answered in it."""
    conversation = await person.conversation(title="Viajes")
    for number in range(messages):
        await person.message(conversation, f"{number}: {SENTENCE}")
    strategy = {"strategy": chosen.pop("strategy", "summary")}
    body = {
        "context_window": {"max_tokens": LIMIT, **strategy},
        "parameters": {"max_output_tokens": 64, **chosen},
    }
    await person.must("POST", "/context", {"conversation_id": conversation["id"], **body})
    return conversation


async def summarised(person: Person, conversation: Json, text: str) -> Json:
    """The context, as soon as this is its summary."""
    async with asyncio.timeout(3 * PATIENCE):
        while True:
            context: Json = await person.must("GET", f"/context/{conversation['id']}")
            if (context["summary"] or {}).get("text") == text and not await lost(person, conversation):
                return context
            await asyncio.sleep(0.02)


async def lost(person: Person, conversation: Json) -> int:
    """How many messages are out of the window without a summary standing for them."""
    window = await person.must("GET", f"/context/{conversation['id']}/window")
    return sum(run["count"] for run in window["dropped"] if run["reason"] != "summarised")


async def until_summarised(person: Person, conversation: Json) -> None:
    """Once nothing is out without a summary that stands for it."""
    async with asyncio.timeout(3 * PATIENCE):
        while await lost(person, conversation):  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.02)


async def nothing_due(instance: Instance) -> None:
    """Once no summary waits, or is written."""
    database = instance.app.stores.summaries.database
    async with asyncio.timeout(3 * PATIENCE):
        while await database.fetch("select 1 from summaries_due"):  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.02)
