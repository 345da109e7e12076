"""Asking for answers, and waiting for them."""

import asyncio
from collections.abc import Callable

from tests.support.people import PATIENCE, Device, Json, Person


async def ask(person: Person, conversation: Json, content: str = "¿Qué tal?", **fields: object) -> Json:
    """A question whose answer is asked for with it."""
    return await person.message(conversation, content, reply=True, **fields)


async def ended(person: Person, message_id: str) -> Json:
    """A message once it streams no more, as PostgreSQL has it."""
    return await until(person, message_id, lambda message: message["status"] != "streaming")


async def until(person: Person, message_id: str, condition: Callable[[Json], object]) -> Json:
    """A message once something is true of it."""
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            message: Json = await person.must("GET", f"/messages/detail/{message_id}")
            if condition(message):
                return message
            await asyncio.sleep(0.02)


def shown(device: Device, message_id: str) -> str:
    """The text of a message as this device was shown it, by the rules of the contract."""
    text = ""
    for event, data, *_ in device.received:
        if event in ("message:created", "message:updated") and data["id"] == message_id:
            text = data["content"]
        if event == "message:delta" and data["message_id"] == message_id:
            before = text.encode("utf-16-le")[: 2 * data["offset"]].decode("utf-16-le")
            text = before + data["text"]
    return text


def has_ended(device: Device, message_id: str) -> bool:
    """Whether this device was told that the message streams no more."""
    return any(
        event == "message:updated" and data["id"] == message_id and data["status"] != "streaming"
        for event, data, *_ in device.received
    )
