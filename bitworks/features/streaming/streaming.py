"""The operations on streaming messages.

A streaming message has one owner among the processes. An instance that receives a request for it and is not its owner
calls the owner. If that does not respond, the instance takes the message over, or ends it, with the text that is
written in PostgreSQL, which is all that was ever shown.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bitworks.core.callers import Caller, ReplyProof
from bitworks.core.changes import Written
from bitworks.core.clock import NewId
from bitworks.core.encoding import fingerprint
from bitworks.core.errors import Closed, InvalidInput, NotFound, OutOfOrder, Unavailable
from bitworks.core.ids import ConversationId, MessageId, UserId
from bitworks.core.inputs import ById
from bitworks.core.records import Json
from bitworks.core.text import units
from bitworks.features.history.inputs import MessageCreate
from bitworks.features.history.records import Message, Status, without_reserved
from bitworks.features.history.store.message_writer import NewMessage
from bitworks.features.models.counting import Counting
from bitworks.features.models.counts import Count
from bitworks.features.streaming.inputs import MessageAppend, MessageFinish
from bitworks.features.streaming.open_streams import OpenStreams
from bitworks.features.streaming.owner_calls import OwnerCalls
from bitworks.features.streaming.owner_protocol import AppendRequest, EndRequest, OwnerCall, OwnerResponse
from bitworks.features.streaming.store import (
    NO_OWNER,
    CountedText,
    CountOutdated,
    StreamEnding,
    StreamState,
    StreamStore,
    TakenOver,
)
from bitworks.features.streaming.stream import Stream
from bitworks.features.streaming.text_buffer import TextBuffer
from bitworks.features.streaming.timings import StreamTimings
from bitworks.features.sync.publishing import Publisher

ProducerStatus = Literal["complete", "failed", "interrupted"]

# MAX_OWNER_CHANGES: owners that a message may have during one request before that is `Unavailable`.
MAX_OWNER_CHANGES = 5
# MAX_RECOUNTS: times that a text may grow while it is counted before its ending is `Unavailable`.
MAX_RECOUNTS = 10
# CALL_CHARACTERS: characters of text in one owner call, because a fan-out carries no large messages.
CALL_CHARACTERS = 8_000


@dataclass(frozen=True, slots=True)
class Appended:
    """In UTF-16 code units: the length of the message, and how much of it is known to be committed."""

    length: int
    """The length of the message."""
    durable: int
    """How much of it is known to be committed."""


@dataclass(frozen=True, slots=True)
class Streaming:
    """Opens, extends and ends messages that grow, whichever instance owns them."""

    store: StreamStore
    """The streaming messages in PostgreSQL."""
    streams: OpenStreams
    """Those that this process owns."""
    calls: OwnerCalls
    """Calls the owners of others."""
    counting: Counting
    """Counts the tokens of a text that has ended."""
    publisher: Publisher
    """Publishes each change after its commit."""
    timings: StreamTimings
    """In seconds."""
    new_id: NewId
    """The ids of messages whose request names none, and of owner calls."""

    # Operations

    async def append(self, caller: Caller, request: MessageAppend) -> Appended:
        """Adds text to a streaming message; an empty text is a heartbeat of its producer.

        Raises `NotFound`, `Closed` once it has ended, `OutOfOrder` if text before `offset` is missing.
        """
        return await self.extend(caller.user_id, request)

    async def finish(self, caller: Caller, request: MessageFinish) -> Written[Message]:
        """Ends a streaming message as complete or failed; a repeated call gives it as it is now.

        The given metadata is added to what it has; whoever bears the token of a reply sets none of the server's own
        keys. Raises `NotFound`, `Closed` if another call has ended it.
        """
        metadata = request.metadata or {}
        if isinstance(caller.proof, ReplyProof):
            metadata = without_reserved(metadata)
        fingerprint_ = fingerprint(["finish", request.status, metadata])
        return await self._end(caller.user_id, MessageId(request.id), request.status, fingerprint_, metadata)

    async def stop(self, caller: Caller, request: ById) -> Written[Message]:
        """Ends a streaming message as stopped; a repeated call gives it as it is now.

        Raises `NotFound`, `Closed` if it ended in another way.
        """
        return await self.stop_message(caller.user_id, MessageId(request.id))

    # For other features

    async def open(self, user_id: UserId, request: MessageCreate) -> Written[Message]:
        """Creates a streaming message, owned here; a repeated creation gives it as it is now.

        Raises `NotFound` for the conversation, `IdConflict`, `Deleted`, `RateLimited` if too many of the user stream,
        and `Unavailable` while this process drains.
        """
        new = _opening(user_id, MessageId(request.id or self.new_id()), request)
        self.streams.require_open()
        began = time.monotonic()
        written = await self.store.open(new, self.streams.instance)
        if written.change is not None:
            text = TextBuffer(units(new.content), len(new.content))
            self.streams.adopt(Stream(user_id, new.id, 1, text, self.timings.lease, began))
        self.publisher.change(user_id, written.change)
        return written

    def forget(self, user_id: UserId, id_: MessageId) -> None:
        """Stops writing a message that was deleted, or is left to another worker."""
        self.streams.forget(user_id, id_)

    async def extend(self, user_id: UserId, request: MessageAppend) -> Appended:
        """As `append`, for a producer of this process."""
        id_ = MessageId(request.id)
        if self.streams.get(user_id, id_) is not None:
            return await self._extend(user_id, id_, AppendRequest(request.text, request.offset))
        appended = None
        for part in _parts(request.text, request.offset):
            appended = await self._extend(user_id, id_, part)
        assert appended is not None
        return appended

    async def stop_message(self, user_id: UserId, id_: MessageId) -> Written[Message]:
        """As `stop`, for a message of this user."""
        return await self._end(user_id, id_, "stopped", fingerprint(["stop"]), {})

    async def end_for_producer(
        self, user_id: UserId, id_: MessageId, status: ProducerStatus, metadata: Json
    ) -> Written[Message]:
        """Ends a message with the status that its producer gives; a repeated call gives it as it is now.

        Raises `NotFound`, `Closed` if another call has ended it.
        """
        return await self._end(user_id, id_, status, fingerprint(["end", status, metadata]), metadata)

    async def interrupt(
        self, user_id: UserId, id_: MessageId, *, if_silent: bool = False
    ) -> Written[Message]:
        """Ends a streaming message whose producer has died, with the text that it has.

        With `if_silent`, raises `ProducerAlive` if its last heartbeat is not older than `StreamTimings.silence`. Raises
        `NotFound`, `Closed` if it has ended.
        """
        ending = StreamEnding("interrupted", None, {}, if_silent=if_silent)
        written = await self._end_owned(user_id, id_, ending)
        return await self._end_as_written(user_id, id_, ending) if written is None else written

    async def respond(self, call: OwnerCall) -> OwnerResponse:
        """Performs the call of another instance on a message that is owned here. Errors become outcomes."""
        try:
            match call.request:
                case AppendRequest() as request:
                    return await self._extend_for(call, request)
                case EndRequest(status, fingerprint_, metadata):
                    ending = StreamEnding(status, bytes.fromhex(fingerprint_), metadata)
                    ended = await self._end_owned(call.user_id, call.message_id, ending)
                    return OwnerResponse(call.id, "not_owner" if ended is None else "done")
        except OutOfOrder as error:
            return OwnerResponse(call.id, "out_of_order", error.length, error.durable)
        except InvalidInput as error:
            return OwnerResponse(call.id, "invalid_input", detail=error.errors[0].message)
        except Unavailable as error:
            return OwnerResponse(call.id, "unavailable", detail=error.detail)
        except (Closed, NotFound):
            return OwnerResponse(call.id, "not_owner")

    # Extending

    async def _extend(self, user_id: UserId, id_: MessageId, request: AppendRequest) -> Appended:
        stream = self.streams.get(user_id, id_)
        if stream is not None and (appended := await self._extend_here(stream, request)) is not None:
            return appended
        call = OwnerCall(self.new_id(), self.streams.instance, user_id, id_, request)
        for _ in range(MAX_OWNER_CHANGES):
            stream = self.streams.get(user_id, id_)
            if stream is None:
                response = await self._call_or_take_over(call)
                if response is not None:
                    return _appended(response)
            elif (appended := await self._extend_here(stream, request, call.id)) is not None:
                return appended
        raise Unavailable("Several instances write this message; try again.")

    async def _extend_here(
        self, stream: Stream, request: AppendRequest, call_id: str | None = None, *, for_other: bool = False
    ) -> Appended | None:
        """Extends a stream that is owned here; None if it proved to be another's.

        A call that an owner before this one has performed is not performed again.
        """
        async with stream.lock:
            if stream.gone:
                return None
            done = call_id is not None and stream.last_call == call_id
            # Noted only for another instance, which may repeat the call at the next owner.
            noted = call_id if for_other else None
            if not done and not await self.streams.extend(stream, request.text, request.offset, noted):
                return None
            return Appended(stream.text.length, stream.text.durable)

    async def _extend_for(self, call: OwnerCall, request: AppendRequest) -> OwnerResponse:
        stream = self.streams.get(call.user_id, call.message_id)
        if stream is None:
            return OwnerResponse(call.id, "not_owner")
        appended = await self._extend_here(stream, request, call.id, for_other=True)
        if appended is None:
            return OwnerResponse(call.id, "not_owner")
        return OwnerResponse(call.id, "done", appended.length, appended.durable)

    async def _call_or_take_over(self, call: OwnerCall) -> OwnerResponse | None:
        """The owner's response; None if the message was taken over here, or by another instance meanwhile."""
        state = await self.store.find(call.user_id, call.message_id)
        if state.owner is None:
            raise Closed(state.status)
        if state.owner not in (NO_OWNER, self.streams.instance):
            response = await self.calls.call(state.owner, call, self.timings.append_timeout)
            if response is not None and response.outcome != "not_owner":
                return response
        await self._take_over(call.user_id, call.message_id, state)
        return None

    async def _take_over(self, user_id: UserId, id_: MessageId, state: StreamState) -> None:
        assert state.fence is not None
        async with self.streams.claiming(user_id, id_):
            if self.streams.get(user_id, id_) is not None:
                return
            self.streams.require_open()
            began = time.monotonic()
            claim = await self.store.claim(user_id, id_, self.streams.instance, state)
            if claim is not None:
                text, lease = TextBuffer(claim.length, claim.characters), self.timings.lease
                self.streams.adopt(Stream(user_id, id_, claim.fence, text, lease, began, claim.last_call))

    # Ending

    async def _end(
        self, user_id: UserId, id_: MessageId, status: Status, fingerprint_: bytes, metadata: Json
    ) -> Written[Message]:
        ending = StreamEnding(status, fingerprint_, metadata)
        written = await self._end_owned(user_id, id_, ending)
        if written is not None:
            return written
        request = EndRequest(status, fingerprint_.hex(), metadata)
        await self._call_to_end(OwnerCall(self.new_id(), self.streams.instance, user_id, id_, request))
        return await self._end_as_written(user_id, id_, ending)

    async def _call_to_end(self, call: OwnerCall) -> None:
        """Has the owner end the message, with the text that only the owner holds.

        Its response does not matter: the ending that was written first wins in PostgreSQL.
        """
        state = await self.store.find(call.user_id, call.message_id)
        if state.owner not in (None, NO_OWNER, self.streams.instance):
            await self.calls.call(state.owner, call, self.timings.end_timeout)

    async def _end_owned(
        self, user_id: UserId, id_: MessageId, ending: StreamEnding
    ) -> Written[Message] | None:
        """Ends a message that is owned here, with all its text; None if it is another's."""
        stream = self.streams.get(user_id, id_)
        if stream is None:
            return None
        async with stream.lock:
            if stream.gone:
                return None
            owned = replace(ending, tail=stream.text.tail(), fence=stream.fence)
            try:
                written = await self._end_as_written(user_id, id_, owned)
            except TakenOver:
                self.streams.drop(stream)
                return None
            except (Closed, NotFound):
                self.streams.drop(stream)
                raise
            self.streams.drop(stream)
            return written

    async def _end_as_written(
        self, user_id: UserId, id_: MessageId, ending: StreamEnding
    ) -> Written[Message]:
        """Ends a message with the text that is written, and the rest that `ending` has of it; publishes the change.

        Tokens are counted before the transaction, which locks the user's counter: a long text takes its time.
        """
        count = self.counting.of_one_text()
        for _ in range(MAX_RECOUNTS):
            counted = await self._count(user_id, id_, ending, count)
            try:
                written = await self.store.end(user_id, id_, ending, counted)
            except CountOutdated:
                continue
            self.publisher.change(user_id, written.change)
            return written
        raise Unavailable("The text goes on growing while it is counted; try again.")

    async def _count(
        self, user_id: UserId, id_: MessageId, ending: StreamEnding, count: Count
    ) -> CountedText | None:
        """The tokens of the text; None if the message has ended."""
        text = await self.store.text(user_id, id_)
        if text is None:
            return None
        if ending.fence not in (None, text.fence):
            raise TakenOver
        rest = ending.rest(text.length)
        counted = await count(text.content + rest, text.model)
        return CountedText(text.fence, text.length + units(rest), counted)


def _opening(user_id: UserId, id_: MessageId, request: MessageCreate) -> NewMessage:
    metadata = request.metadata or {}
    body = [request.conversation_id, request.role, request.content, metadata, request.status]
    return NewMessage(
        user_id=user_id,
        id=id_,
        conversation_id=ConversationId(request.conversation_id),
        role=request.role,
        content=request.content,
        metadata=metadata,
        fingerprint=fingerprint(body),
    )


def _parts(text: str, offset: int | None) -> Iterator[AppendRequest]:
    for start in range(0, max(len(text), 1), CALL_CHARACTERS):
        part = text[start : start + CALL_CHARACTERS]
        yield AppendRequest(part, offset)
        if offset is not None:
            offset += len(part.encode("utf-16-le", "surrogatepass")) // 2


def _appended(response: OwnerResponse) -> Appended:
    match response.outcome:
        case "out_of_order":
            raise OutOfOrder(response.length, response.durable)
        case "invalid_input":
            raise InvalidInput.of("text", response.detail)
        case "unavailable":
            raise Unavailable(response.detail)
    return Appended(response.length, response.durable)
