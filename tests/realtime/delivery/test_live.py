"""What happens on one device is seen on all."""

import aiohttp

from tests.support.instances import Instance
from tests.support.people import Person, register


async def test_a_message_reaches_every_device_on_both_instances(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    one, other = instances
    person = await register(one, http)
    async with person.device(one) as phone, person.device(other) as desk:
        conversation = await person.conversation(title="trip")
        message = await person.message(conversation, "hola")
        for device in (phone, desk):
            await device.until_revision(message["revision"])
            assert device.named("message:created")[0][1] == message
            assert device.revisions == [1, 2]


async def test_a_device_that_was_away_receives_what_it_missed_once_and_in_order(person: Person) -> None:
    conversation = await person.conversation()
    async with person.device() as device:
        cursor = device.cursor
    messages = [await person.message(conversation, f"number {n}") for n in range(5)]
    await person.must("PUT", f"/messages/{messages[0]['id']}", {"content": "edited"})
    async with person.device(since=cursor) as device:
        assert device.revisions == [3, 4, 5, 6, 7]
        assert device.received[-1][0] == "synced"
