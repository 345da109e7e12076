"""The text of a message that streams, at devices that are also sent changes of its metadata."""

from dataclasses import replace

from bitworks.core.changes import change_of
from bitworks.core.ids import MessageId, Revision, UserId
from tests.support.people import Person
from tests.support.streaming import Screen, start_writing


async def test_text_that_overtakes_a_change_of_its_message_is_sent_again(person: Person) -> None:
    """The change was read before the text was written, and comes after it: its record has no text."""
    app = person.instance.app
    user_id = UserId(person.id)
    async with person.device() as device:
        writer = await start_writing(person)
        screen = Screen(device, writer.id)
        before = await app.stores.messages.get(user_id, MessageId(writer.id))
        async with app.stores.revisions.writing(user_id) as transaction:
            revision = transaction.draw()
            await transaction.execute(
                "update messages set revision = $3 where user_id = $1 and id = $2",
                user_id,
                writer.id,
                revision,
            )
        await writer.append("hello")
        await screen.until("hello")
        app.publisher.change(user_id, change_of(replace(before, revision=Revision(revision))))
        await device.until(lambda device: device.named("message:updated"))
        await writer.append(" world")
        await screen.until("hello world")
        await writer.finish()
        assert (await screen.until_ended())["content"] == "hello world"
