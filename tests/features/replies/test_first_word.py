"""How soon an answer begins: nothing waits between the question and the first word but what the model takes."""

import asyncio

import aiohttp

from bitworks.features.streaming.timings import StreamTimings
from bitworks.hosting.app import Tuning
from tests.support.chat_server import chat_server, streams
from tests.support.instances import running
from tests.support.people import register
from tests.support.talks import ask, shown

PEOPLE = 20
# A lease that a question waited for would be over after this time.
LEASE = 120.0


async def test_twenty_people_who_ask_at_once_wait_for_no_lease(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    tuning = Tuning(streams=StreamTimings(lease=LEASE))
    async with (
        chat_server(streams()) as server,
        running(database_url, tuning=tuning, reply_base_url=server.url, reply_model="tiny") as instance,
    ):

        async def first_word(number: int) -> None:
            person = await register(instance, http)
            conversation = await person.conversation()
            async with person.device() as device:
                question = await ask(person, conversation, f"question {number}")
                await device.until(lambda device: shown(device, question["reply"]["message_id"]))

        async with asyncio.timeout(LEASE / 4):
            await asyncio.gather(*(first_word(number) for number in range(PEOPLE)))
