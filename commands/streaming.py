"""Commands about messages that grow.

A streaming message has one owner among the processes. Whoever is asked and is not the owner hands the
request on; if the owner does not answer, they take the message over in PostgreSQL and go on from the text
that is written there, which is all that was ever shown.
"""

from dataclasses import dataclass

from commands.publish import publish_change
from commands.services import Services
from commands.stream import Stream
from domain.encoding import fingerprint
from domain.errors import Closed, NotFound, Unavailable
from domain.growth import Growth, units
from domain.ids import ConversationId, MessageId, UserId
from domain.inputs import ById, MessageAppend, MessageCreate, MessageFinish
from domain.records import Json, Message, Status
from storage.message_writer import NewMessage
from storage.revisions import Written
from storage.streams import Ending, Found, TakenOver

# How often a message may change hands under a request before the caller is told to try again.
ATTEMPTS = 5


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
    for _ in range(ATTEMPTS):
        stream = await _owned(services, user_id, MessageId(wanted.id))
        if stream is None:
            continue
        async with stream.lock:
            if not stream.gone:
                services.streams.append(stream, wanted.text, wanted.offset)
                return Appended(stream.growth.length, stream.growth.durable)
    raise Unavailable


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


async def _owned(services: Services, user_id: UserId, id_: MessageId) -> Stream | None:
    """The stream, taken over if need be; None if it changed hands meanwhile, so that one must look again."""
    if (stream := services.streams.get(user_id, id_)) is not None:
        return stream
    async with services.streams.claiming(user_id, id_):
        if (stream := services.streams.get(user_id, id_)) is not None:
            return stream
        found = await services.storage.streams.find(user_id, id_)
        if found.owner is None:
            raise Closed(found.status)
        return await _take_over(services, user_id, id_, found)


async def _take_over(services: Services, user_id: UserId, id_: MessageId, found: Found) -> Stream | None:
    assert found.fence is not None
    claim = await services.storage.streams.claim(user_id, id_, services.streams.instance, found.fence)
    if claim is None:
        return None
    stream = Stream(user_id, id_, claim.fence, Growth(claim.length, claim.characters), claim.errand)
    services.streams.adopt(stream)
    return stream


async def _end(
    services: Services, user_id: UserId, id_: MessageId, status: Status, call: bytes, metadata: Json
) -> Written[Message]:
    for _ in range(ATTEMPTS):
        stream = services.streams.get(user_id, id_)
        if stream is None:
            return await _end_as_written(
                services, user_id, id_, Ending(status, call, metadata, services.counting.count)
            )
        async with stream.lock:
            if not stream.gone:
                ending = Ending(
                    status, call, metadata, services.counting.count, stream.growth.beyond, stream.fence
                )
                try:
                    return await _end_owned(services, stream, ending)
                except TakenOver:
                    services.streams.drop(stream)
    raise Unavailable


async def _end_owned(services: Services, stream: Stream, ending: Ending) -> Written[Message]:
    """Ends a stream whose lock is held, with all the text that is held here."""
    try:
        written = await services.storage.streams.end(stream.user_id, stream.id, ending)
    except (Closed, NotFound):
        services.streams.drop(stream)
        raise
    services.streams.drop(stream)
    publish_change(services, stream.user_id, written.change)
    return written


async def _end_as_written(
    services: Services, user_id: UserId, id_: MessageId, ending: Ending
) -> Written[Message]:
    """Ends a message that nobody here owns, with the text that is written: all that was ever shown."""
    written = await services.storage.streams.end(user_id, id_, ending)
    publish_change(services, user_id, written.change)
    return written
