"""Ending a message that streams: its tokens are counted before the user's counter is locked."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from bitworks.core.ids import ContextId, ConversationId, MessageId, UserId
from bitworks.core.records import Message
from bitworks.features.history.store.contexts import NewContext
from bitworks.features.models.counts import Counted
from bitworks.features.streaming.store import Draft, Ending
from bitworks.features.streaming.text_buffer import Piece, units
from bitworks.stores import Storage
from tests.support.drafts import a_conversation, a_message, a_user

Act = Callable[[], Awaitable[object]]


class Tally:
    """Counts characters, and remembers what it was asked. During its first count, something happens."""

    def __init__(self, meanwhile: Act | None = None) -> None:
        self.asked: list[str] = []
        self._meanwhile = meanwhile

    async def count(self, text: str, model: str | None) -> Counted:
        self.asked.append(text)
        if self._meanwhile is not None and len(self.asked) == 1:
            await self._meanwhile()
        return Counted(len(text), "o200k_base", model)


async def streaming(storage: Storage, user_id: UserId, conversation_id: ConversationId) -> MessageId:
    new = a_message(user_id, conversation_id, "")
    await storage.streams.open(new, "tests")
    return new.id


async def write(storage: Storage, user_id: UserId, id_: MessageId, start: int, text: str) -> None:
    piece = Piece(start, start + units(text), text)
    assert await storage.streams.write([Draft(user_id, id_, 1, piece, None)], durable=True)


async def stop(storage: Storage, user_id: UserId, id_: MessageId, tally: Tally) -> Message:
    ending = Ending("stopped", b"stop", {}, tally.count)
    return (await storage.streams.end(user_id, id_, ending)).record


async def test_while_it_is_counted_the_user_writes_something_else(storage: Storage) -> None:
    user_id = await a_user(storage)
    id_ = await streaming(storage, user_id, await a_conversation(storage, user_id))
    await write(storage, user_id, id_, 0, "hello")
    tally = Tally(lambda: a_conversation(storage, user_id))
    ended = await stop(storage, user_id, id_, tally)
    assert (ended.content, ended.token_count, tally.asked) == ("hello", 5, ["hello"])


async def test_what_was_added_while_it_was_counted_is_counted_too(storage: Storage) -> None:
    user_id = await a_user(storage)
    id_ = await streaming(storage, user_id, await a_conversation(storage, user_id))
    await write(storage, user_id, id_, 0, "hello")
    tally = Tally(lambda: write(storage, user_id, id_, 5, " world"))
    ended = await stop(storage, user_id, id_, tally)
    assert (ended.content, ended.token_count) == ("hello world", 11)
    assert tally.asked == ["hello", "hello world"]


async def test_a_model_that_was_chosen_while_it_was_counted_counts(storage: Storage) -> None:
    user_id = await a_user(storage)
    conversation_id = await a_conversation(storage, user_id)
    id_ = await streaming(storage, user_id, conversation_id)
    context = NewContext(ContextId(str(uuid4())), conversation_id, None, {"model": "gpt-4"}, b"")
    tally = Tally(lambda: storage.contexts.create(user_id, context))
    await stop(storage, user_id, id_, tally)
    assert len(tally.asked) == 2
