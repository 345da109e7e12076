"""What may be asked of answers: asking for them, and what becomes of requests that no workflow took."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bitworks.core.callers import Caller, Origin, ReplyProof
from bitworks.core.changes import Written
from bitworks.core.clock import Clock, NewId
from bitworks.core.errors import Busy, Closed, NoProducer, NotFound
from bitworks.core.ids import MessageId, UserId
from bitworks.core.inputs import Nothing
from bitworks.features.accounts.tokens import verify_reply
from bitworks.features.history.inputs import OnBusy
from bitworks.features.history.records import AskedMessage, Message
from bitworks.features.history.store.message_writer import NewMessage
from bitworks.features.history.store.messages import MessageStore
from bitworks.features.models.models import Model
from bitworks.features.replies.inputs import MessageReply
from bitworks.features.replies.producers.producer import Producer
from bitworks.features.replies.store import Asked, DeadLetter, NewReply, ReplyStore
from bitworks.features.streaming.streaming import Streaming
from bitworks.features.sync.publishing import Publisher

# INTERRUPTIONS: how often other questions may be faster before one that interrupts is told that it is busy.
INTERRUPTIONS = 5

CreateReply = Callable[[NewReply], Awaitable[Asked]]


@dataclass(frozen=True, slots=True)
class Replies:
    """Asks for answers, and stops what is in their way. `secret` signs the tokens of replies."""

    store: ReplyStore
    messages: MessageStore
    streaming: Streaming
    publisher: Publisher
    producer: Producer
    secret: str
    now: Clock
    new_id: NewId

    async def reply(self, caller: Caller, request: MessageReply) -> Written[AskedMessage]:
        """An answer to a question that is there. Naming an answer asks for another one to its question.

        Raises `NotFound`, `InvalidInput`, `Busy`, `NoProducer`.
        """
        if not self.producer.can_reply:
            # Whether there is such a message is the first thing to tell, as everywhere.
            await self.messages.get(caller.user_id, MessageId(request.id))

        async def create(new_reply: NewReply) -> Asked:
            return await self.store.ask(caller.user_id, MessageId(request.id), new_reply)

        return await self._ask(caller.user_id, create, request.on_busy)

    async def models(self, caller: Caller, request: Nothing) -> list[Model]:
        """What `parameters.model` may be."""
        return await self.producer.models()

    # For other features

    async def ask_with(self, new: NewMessage, on_busy: OnBusy) -> Written[Message]:
        """A new question and its answer, or neither; a repeated creation gives both as they are now."""

        async def create(new_reply: NewReply) -> Asked:
            return await self.store.ask_with(new, new_reply)

        return await self._ask(new.user_id, create, on_busy)

    def authenticate(self, token: str, message_id: str, origin: Origin) -> Caller:
        """The bearer of the token of this one reply acts for its user. Raises `Unauthorized`."""
        user_id, expires_at = verify_reply(self.secret, token, message_id, self.now())
        return Caller(origin, user_id, ReplyProof(MessageId(message_id)), expires_at)

    # For the operator

    async def dead_letters(self) -> list[DeadLetter]:
        """The requests that no workflow took, of all users, the oldest first."""
        return await self.store.dead()

    async def dead_letter(self, message_id: str) -> DeadLetter:
        """The one of this message. Raises `NotFound`."""
        for letter in await self.dead_letters():
            if letter.message_id == message_id:
                return letter
        raise NotFound

    async def replay(self, letter: DeadLetter) -> Message:
        """Asks again, under the same delivery id, for another answer to the question; gives the question."""
        asked = await self.store.replay(letter, MessageId(self.new_id()))
        return self._publish(letter.user_id, asked).record

    async def _ask(self, user_id: UserId, create: CreateReply, on_busy: OnBusy) -> Written[AskedMessage]:
        if not self.producer.can_reply:
            raise NoProducer
        for _ in range(INTERRUPTIONS):
            new = NewReply(MessageId(self.new_id()), self.new_id(), enqueue=on_busy == "enqueue")
            try:
                return self._publish(user_id, await create(new))
            except Busy as busy:
                if on_busy != "interrupt":
                    raise
                await self._stop(user_id, busy.under_way)
        raise Busy

    async def _stop(self, user_id: UserId, under_way: Sequence[MessageId]) -> None:
        """In this order: what waits for its turn must not get it."""
        for message_id in under_way:
            with contextlib.suppress(Closed, NotFound):
                await self.streaming.stop_message(user_id, message_id)

    def _publish(self, user_id: UserId, asked: Asked) -> Written[AskedMessage]:
        for change in asked.changes:
            self.publisher.change(user_id, change)
        if asked.changes:
            self.publisher.work()
        return Written(asked.question, asked.changes[0] if asked.changes else None)
