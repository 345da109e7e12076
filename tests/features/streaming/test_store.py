"""Ending a message that streams: its tokens are counted before the user's counter is locked."""

import asyncio
from uuid import uuid4

import pytest

from bitworks.core.errors import RateLimited
from bitworks.core.ids import ContextId, ConversationId, MessageId, UserId
from bitworks.core.text import Piece, units
from bitworks.features.history.store.contexts import NewContext
from bitworks.features.models.counts import TokenCount
from bitworks.features.replies.store import NewReply
from bitworks.features.streaming.store import (
    NO_OWNER,
    ChunkDraft,
    CountedText,
    CountOutdated,
    StreamEnding,
)
from bitworks.hosting.stores import Stores
from tests.support.drafts import a_conversation, a_message, a_user

STOP = StreamEnding("stopped", b"stop", {})


async def streaming(stores: Stores, user_id: UserId, conversation_id: ConversationId) -> MessageId:
    new = a_message(user_id, conversation_id, "")
    await stores.streams.open(new, "tests")
    return new.id


async def write(stores: Stores, user_id: UserId, id_: MessageId, start: int, text: str) -> None:
    piece = Piece(start, start + units(text), text)
    draft = ChunkDraft(user_id, id_, 1, piece, None)
    assert await stores.streams.insert_chunks([draft], durable=True)


async def count(stores: Stores, user_id: UserId, id_: MessageId) -> CountedText:
    """Counts characters, of the text as it is written now."""
    text = await stores.streams.text(user_id, id_)
    assert text is not None
    counted = TokenCount(len(text.content), "o200k_base", text.model)
    return CountedText(text.fence, text.length, counted)


async def test_while_it_is_counted_the_user_writes_something_else(stores: Stores) -> None:
    user_id = await a_user(stores)
    id_ = await streaming(stores, user_id, await a_conversation(stores, user_id))
    await write(stores, user_id, id_, 0, "hello")
    counted = await count(stores, user_id, id_)
    await a_conversation(stores, user_id)
    ended = (await stores.streams.end(user_id, id_, STOP, counted)).record
    assert (ended.content, ended.token_count) == ("hello", 5)


async def test_what_was_added_while_it_was_counted_is_counted_too(stores: Stores) -> None:
    user_id = await a_user(stores)
    id_ = await streaming(stores, user_id, await a_conversation(stores, user_id))
    await write(stores, user_id, id_, 0, "hello")
    counted = await count(stores, user_id, id_)
    await write(stores, user_id, id_, 5, " world")
    with pytest.raises(CountOutdated):
        await stores.streams.end(user_id, id_, STOP, counted)
    ended = (await stores.streams.end(user_id, id_, STOP, await count(stores, user_id, id_))).record
    assert (ended.content, ended.token_count) == ("hello world", 11)


async def test_a_model_that_was_chosen_while_it_was_counted_counts(stores: Stores) -> None:
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    id_ = await streaming(stores, user_id, conversation_id)
    counted = await count(stores, user_id, id_)
    context = NewContext(ContextId(str(uuid4())), conversation_id, None, {"model": "gpt-4"}, b"")
    await stores.contexts.create(user_id, context)
    with pytest.raises(CountOutdated):
        await stores.streams.end(user_id, id_, STOP, counted)


async def test_what_its_owner_holds_beyond_what_is_written_is_its_end(stores: Stores) -> None:
    user_id = await a_user(stores)
    id_ = await streaming(stores, user_id, await a_conversation(stores, user_id))
    await write(stores, user_id, id_, 0, "hel")
    tail = Piece(1, 7, "ello 😀")
    counted = CountedText(1, 8, TokenCount(7, "o200k_base", None))
    ending = StreamEnding("complete", b"end", {}, tail=Piece(1, 8, "ello 😀"), fence=1)
    assert ending.rest(3) == "lo 😀"
    assert StreamEnding("complete", b"end", {}, tail=tail).rest(9) == ""
    ended = (await stores.streams.end(user_id, id_, ending, counted)).record
    assert ended.content == "hello 😀"


async def test_an_owner_has_its_lease_from_its_claim_on(stores: Stores) -> None:
    """However long ago the state was read: between the two, the owner before was called."""
    user_id = await a_user(stores)
    id_ = await streaming(stores, user_id, await a_conversation(stores, user_id))
    seen = await stores.streams.find(user_id, id_)
    async with asyncio.timeout(10):
        # The owner before has written just now: until its lease is over, nothing is claimed.
        while await stores.streams.claim(user_id, id_, "second", seen) is None:
            pass
    seen = await stores.streams.find(user_id, id_)
    assert seen.owner == "second"
    assert await stores.streams.claim(user_id, id_, "third", seen) is None


async def test_a_message_that_nobody_has_owned_is_claimed_at_once_and_then_leased(stores: Stores) -> None:
    user_id = await a_user(stores)
    new = a_message(user_id, await a_conversation(stores, user_id), "")
    await stores.streams.open(new, NO_OWNER)
    seen = await stores.streams.find(user_id, new.id)
    assert await stores.streams.claim(user_id, new.id, "first", seen) is not None
    assert await stores.streams.claim(user_id, new.id, "second", seen) is None
    owned = await stores.streams.find(user_id, new.id)
    assert await stores.streams.claim(user_id, new.id, "second", owned) is None


async def test_a_message_that_its_owner_has_left_keeps_its_lease(stores: Stores) -> None:
    """What that owner has written may still be on its way."""
    user_id = await a_user(stores)
    new = a_message(user_id, await a_conversation(stores, user_id), "")
    await stores.streams.open(new, NO_OWNER)
    seen = await stores.streams.find(user_id, new.id)
    await stores.streams.claim(user_id, new.id, "first", seen)
    await stores.database.execute("update open_messages set owner = '' where id = $1", new.id)
    left = await stores.streams.find(user_id, new.id)
    assert await stores.streams.claim(user_id, new.id, "second", left) is None


# How many


async def test_answers_of_the_server_and_messages_that_stream_take_no_places_of_each_other(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitworks.features.streaming.store.OPEN_PER_USER", 2)
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)

    async def ask() -> None:
        reply = NewReply(MessageId(str(uuid4())), str(uuid4()), enqueue=True)
        await stores.replies.ask_with(a_message(user_id, conversation_id), reply)

    for _ in range(3):
        await ask()
    for _ in range(2):
        await streaming(stores, user_id, conversation_id)
    with pytest.raises(RateLimited, match="2 messages of this user are streaming"):
        await streaming(stores, user_id, conversation_id)
    await ask()
    await streaming(stores, other := await a_user(stores), await a_conversation(stores, other))


async def test_one_users_many_dead_producers_do_not_hold_up_the_end_of_anothers(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitworks.features.streaming.store.SILENT_AT_ONCE", 2)
    many, few = await a_user(stores), await a_user(stores)
    for user_id, messages in ((many, 5), (few, 1)):
        conversation_id = await a_conversation(stores, user_id)
        for _ in range(messages):
            await streaming(stores, user_id, conversation_id)
    await stores.database.execute("update open_messages set expires_at = now() where user_id = $1", many)
    await stores.database.execute("update open_messages set expires_at = now() where user_id = $1", few)
    assert {user_id for user_id, _ in await stores.streams.silent()} == {many, few}
