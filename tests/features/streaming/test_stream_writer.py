"""Whose text is written when, where some have much of it."""

import asyncio
import time
from collections.abc import Callable, Sequence

import pytest

from bitworks.core.errors import Unavailable
from bitworks.core.ids import MessageId, UserId
from bitworks.core.text import Piece
from bitworks.features.limits.turns import BATCH_CHARACTERS
from bitworks.features.streaming.store import ChunkDraft, StreamStore
from bitworks.features.streaming.stream import Stream
from bitworks.features.streaming.stream_writer import RETRY_INTERVAL, StreamWriter
from bitworks.features.streaming.text_buffer import TextBuffer
from bitworks.hosting.stores import Stores
from tests.support.drafts import a_conversation, a_message, a_user
from tests.support.people import PATIENCE

HALF = "x" * (BATCH_CHARACTERS // 2)


class Shown:
    """The users whose text was shown, in that order."""

    def __init__(self) -> None:
        self.users: list[UserId] = []
        self._more = asyncio.Event()

    def show(self, user_id: UserId, id_: MessageId, piece: Piece) -> None:
        self.users.append(user_id)
        self._more.set()

    async def until(self, there: Callable[[list[UserId]], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not there(self.users):
                self._more.clear()
                await self._more.wait()


def a_writer(stores: Stores, shown: Shown) -> StreamWriter:
    def drop(stream: Stream) -> None:
        raise AssertionError("nobody else owns it")

    return StreamWriter(stores.streams, shown.show, drop)


async def streams_of_one(stores: Stores, count: int, text: str) -> list[Stream]:
    """So many messages of one user, each of which has this text to be written."""
    user_id = await a_user(stores)
    conversation_id = await a_conversation(stores, user_id)
    streams = []
    for _ in range(count):
        new = a_message(user_id, conversation_id, "")
        await stores.streams.open(new, "tests")
        stream = Stream(user_id, new.id, 1, TextBuffer(0, 0), 60.0, time.monotonic())
        stream.text.append(text)
        streams.append(stream)
    return streams


@pytest.mark.parametrize("text", ["y", HALF])
async def test_one_users_many_large_texts_do_not_hold_anothers(stores: Stores, text: str) -> None:
    greedy, [other] = await streams_of_one(stores, 10, HALF), await streams_of_one(stores, 1, text)
    writer = a_writer(stores, shown := Shown())
    for stream in greedy:
        writer.add(stream, at_once=True)
    await asyncio.sleep(0)  # the write is under way before the other comes
    writer.add(other, at_once=True)
    await shown.until(lambda users: other.user_id in users)
    # What was under way when it came, and no more than one beside it.
    assert shown.users.index(other.user_id) <= 2
    await shown.until(lambda users: len(users) == 11)
    await writer.close()


async def test_while_postgresql_does_not_answer_large_texts_are_tried_in_intervals_and_written_then(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = await streams_of_one(stores, 4, HALF)
    tries: list[float] = []
    insert = StreamStore.insert_chunks

    async def away_at_first(
        store: StreamStore, drafts: Sequence[ChunkDraft], *, durable: bool
    ) -> set[tuple[UserId, MessageId]]:
        tries.append(time.monotonic())
        if len(tries) <= 2:
            raise Unavailable
        return await insert(store, drafts, durable=durable)

    monkeypatch.setattr(StreamStore, "insert_chunks", away_at_first)
    writer = a_writer(stores, shown := Shown())
    for stream in streams:
        writer.add(stream, at_once=True)
    await shown.until(lambda users: len(users) == 4)
    await writer.close()
    assert min(tries[1] - tries[0], tries[2] - tries[1]) > 0.9 * RETRY_INTERVAL
