"""Commands about messages that grow.

A streaming message has one owner among the processes. Whoever is asked and is not the owner hands the
request on; if the owner does not answer, they help themselves in PostgreSQL: they take the message over, or
end it, with the text that is written there, which is all that was ever shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bitworks.core.encoding import fingerprint
from bitworks.core.errors import Closed, InvalidInput, NotFound, OutOfOrder, Unavailable
from bitworks.core.ids import ConversationId, MessageId, UserId
from bitworks.core.records import Json, Message, Status
from bitworks.features.history.inputs import ById, MessageAppend, MessageCreate, MessageFinish
from bitworks.features.history.store.message_writer import NewMessage
from bitworks.features.streaming.owner_protocol import Answer, Append, End, Errand
from bitworks.features.streaming.store import NOBODY, Ending, Found, TakenOver
from bitworks.features.streaming.stream import Stream
from bitworks.features.streaming.text_buffer import Growth, units
from bitworks.features.sync.publishing import publish_change
from bitworks.services import Services
from bitworks.storage.revisions import Written

EndStatus = Literal["complete", "failed", "interrupted"]

# How often a message may change hands under a request before the caller is told to try again.
ATTEMPTS = 5
# So long the owner may take to answer, in seconds. What it held when it was asked is written within 40 ms,
# so whoever helps himself after this finds it.
APPEND_PATIENCE = 0.25
END_PATIENCE = 0.1
# What is handed on goes in parts of so many characters: a fan-out carries no large messages.
PART = 8_000


@dataclass(frozen=True, slots=True)
class Appended:
    """In UTF-16 code units: what the message holds, and how much of that is known to be committed."""

    length: int
    durable: int


async def open_(services: Services, user_id: UserId, wanted: MessageCreate) -> Written[Message]:
    """A new message that streams; a repeated creation gives it as it is now."""
    metadata = wanted.metadata or {}
    body = [wanted.conversation_id, wanted.role, wanted.content, metadata, wanted.status]
    new = NewMessage(
        user_id=user_id,
        id=MessageId(wanted.id or services.new_id()),
        conversation_id=ConversationId(wanted.conversation_id),
        role=wanted.role,
        content=wanted.content,
        metadata=metadata,
        fingerprint=fingerprint(body),
    )
    services.streams.require_room()
    written = await services.storage.streams.open(new, services.streams.instance)
    if written.change is not None:
        growth = Growth(units(new.content), len(new.content))
        services.streams.adopt(Stream(user_id, new.id, 1, growth))
    publish_change(services, user_id, written.change)
    return written


async def append(services: Services, user_id: UserId, wanted: MessageAppend) -> Appended:
    """Adds text to a streaming message; an empty one says that its producer lives.

    Raises `Closed` once it has ended, `OutOfOrder` if text before `offset` is missing.
    """
    id_ = MessageId(wanted.id)
    if services.streams.get(user_id, id_) is not None:
        return await _append(services, user_id, id_, Append(wanted.text, wanted.offset))
    appended = None
    for part in _parts(wanted.text, wanted.offset):
        appended = await _append(services, user_id, id_, part)
    assert appended is not None
    return appended


async def finish(services: Services, user_id: UserId, wanted: MessageFinish) -> Written[Message]:
    """Ends a streaming message as complete or failed; a repetition gives it as it is now.

    The given metadata is added to what it has. Raises `Closed` if another call has ended it.
    """
    metadata = wanted.metadata or {}
    call = fingerprint(["finish", wanted.status, metadata])
    return await _end(services, user_id, MessageId(wanted.id), wanted.status, call, metadata)


async def stop(services: Services, user_id: UserId, wanted: ById) -> Written[Message]:
    """Ends a streaming message as stopped; a repetition gives it as it is now.

    Raises `Closed` if it ended in another way.
    """
    return await _end(services, user_id, MessageId(wanted.id), "stopped", fingerprint(["stop"]), {})


async def interrupt(
    services: Services, user_id: UserId, id_: MessageId, *, if_silent: bool = False
) -> Written[Message]:
    """Ends a streaming message whose producer is known to be dead, with the text that there is.

    With `if_silent`, only if it has not been heard of for too long; else raises `StillAlive`. Raises
    `Closed` if it has ended.
    """
    ending = Ending("interrupted", None, {}, services.counting.of_one_text(), if_silent=if_silent)
    written = await _end_owned(services, user_id, id_, ending)
    return await _end_as_written(services, user_id, id_, ending) if written is None else written


async def end(
    services: Services, user_id: UserId, id_: MessageId, status: EndStatus, metadata: Json
) -> Written[Message]:
    """Ends a streaming message for its producer; a repetition gives it as it is now. Raises `Closed`."""
    return await _end(services, user_id, id_, status, fingerprint(["end", status, metadata]), metadata)


async def perform(services: Services, errand: Errand) -> Answer:
    """Does for another instance what only the owner can; what it may do itself, it is told to."""
    try:
        match errand.wanted:
            case Append() as wanted:
                return await _append_for(services, errand, wanted)
            case End(status, call, metadata):
                ending = Ending(status, bytes.fromhex(call), metadata, services.counting.of_one_text())
                ended = await _end_owned(services, errand.user_id, errand.message_id, ending)
                return Answer(errand.id, "not_owner" if ended is None else "done")
    except OutOfOrder as error:
        return Answer(errand.id, "out_of_order", error.length, error.durable)
    except InvalidInput as error:
        return Answer(errand.id, "invalid_input", detail=error.errors[0].message)
    except Unavailable:
        return Answer(errand.id, "unavailable")
    except (Closed, NotFound):
        return Answer(errand.id, "not_owner")


# Appending


def _parts(text: str, offset: int | None) -> Iterator[Append]:
    for start in range(0, max(len(text), 1), PART):
        part = text[start : start + PART]
        yield Append(part, offset)
        if offset is not None:
            offset += len(part.encode("utf-16-le", "surrogatepass")) // 2


async def _append(services: Services, user_id: UserId, id_: MessageId, wanted: Append) -> Appended:
    stream = services.streams.get(user_id, id_)
    if stream is not None and (appended := await _append_here(services, stream, wanted)) is not None:
        return appended
    errand = Errand(services.new_id(), services.streams.instance, user_id, id_, wanted)
    for _ in range(ATTEMPTS):
        stream = services.streams.get(user_id, id_)
        if stream is None:
            answer = await _ask_or_take_over(services, errand)
            if answer is not None:
                return _appended(answer)
        elif (appended := await _append_here(services, stream, wanted, errand.id)) is not None:
            return appended
    raise Unavailable


async def _append_here(
    services: Services, stream: Stream, wanted: Append, errand: str | None = None, *, for_other: bool = False
) -> Appended | None:
    """None if the stream is no longer ours. What was done already, by the owner before, is not done again."""
    async with stream.lock:
        if stream.gone:
            return None
        done = errand is not None and stream.errand == errand
        noted = errand if for_other else None
        if not done and not await services.streams.append(stream, wanted.text, wanted.offset, noted):
            return None
        return Appended(stream.growth.length, stream.growth.durable)


async def _append_for(services: Services, errand: Errand, wanted: Append) -> Answer:
    stream = services.streams.get(errand.user_id, errand.message_id)
    if stream is None:
        return Answer(errand.id, "not_owner")
    appended = await _append_here(services, stream, wanted, errand.id, for_other=True)
    if appended is None:
        return Answer(errand.id, "not_owner")
    return Answer(errand.id, "done", appended.length, appended.durable)


def _appended(answer: Answer) -> Appended:
    match answer.outcome:
        case "out_of_order":
            raise OutOfOrder(answer.length, answer.durable)
        case "invalid_input":
            raise InvalidInput.of("text", answer.detail)
        case "unavailable":
            raise Unavailable
    return Appended(answer.length, answer.durable)


async def _ask_or_take_over(services: Services, errand: Errand) -> Answer | None:
    """The owner's answer. If there is none the message was taken over, or changed hands: look again."""
    found = await services.storage.streams.find(errand.user_id, errand.message_id)
    if found.owner is None:
        raise Closed(found.status)
    if found.owner not in (NOBODY, services.streams.instance):
        answer = await services.errands.ask(found.owner, errand, APPEND_PATIENCE)
        if answer is not None and answer.outcome != "not_owner":
            return answer
    await _take_over(services, errand.user_id, errand.message_id, found)
    return None


async def _take_over(services: Services, user_id: UserId, id_: MessageId, found: Found) -> None:
    assert found.fence is not None
    async with services.streams.claiming(user_id, id_):
        if services.streams.get(user_id, id_) is not None:
            return
        services.streams.require_room()
        claim = await services.storage.streams.claim(user_id, id_, services.streams.instance, found.fence)
        if claim is not None:
            growth = Growth(claim.length, claim.characters)
            services.streams.adopt(Stream(user_id, id_, claim.fence, growth, claim.errand))


# Ending


async def _end(
    services: Services, user_id: UserId, id_: MessageId, status: Status, call: bytes, metadata: Json
) -> Written[Message]:
    ending = Ending(status, call, metadata, services.counting.of_one_text())
    written = await _end_owned(services, user_id, id_, ending)
    if written is not None:
        return written
    wanted = End(status, call.hex(), metadata)
    await _ask_to_end(services, Errand(services.new_id(), services.streams.instance, user_id, id_, wanted))
    return await _end_as_written(services, user_id, id_, ending)


async def _ask_to_end(services: Services, errand: Errand) -> None:
    """Has the owner end it, with what only the owner holds. Whether it did is seen in PostgreSQL."""
    found = await services.storage.streams.find(errand.user_id, errand.message_id)
    if found.owner not in (None, NOBODY, services.streams.instance):
        await services.errands.ask(found.owner, errand, END_PATIENCE)


async def _end_owned(
    services: Services, user_id: UserId, id_: MessageId, ending: Ending
) -> Written[Message] | None:
    """Ends a message that is owned here, with all the text that is held; None if it is not."""
    stream = services.streams.get(user_id, id_)
    if stream is None:
        return None
    async with stream.lock:
        if stream.gone:
            return None
        ending = replace(ending, rest=stream.growth.beyond, fence=stream.fence)
        try:
            written = await _end_as_written(services, user_id, id_, ending)
        except TakenOver:
            services.streams.drop(stream)
            return None
        except (Closed, NotFound):
            services.streams.drop(stream)
            raise
        services.streams.drop(stream)
        return written


async def _end_as_written(
    services: Services, user_id: UserId, id_: MessageId, ending: Ending
) -> Written[Message]:
    """Ends a message with the text that is written, and what else `ending` knows of it."""
    written = await services.storage.streams.end(user_id, id_, ending)
    publish_change(services, user_id, written.change)
    return written
