"""The operations on replies: asking for one, and what becomes of requests that no workflow accepted."""

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
from bitworks.features.replies.store import CreatedReply, DeadLetter, NewReply, ReplyStore
from bitworks.features.streaming.streaming import Streaming
from bitworks.features.sync.publishing import Publisher

# MAX_INTERRUPTIONS: replies that a question with `on_busy=interrupt` stops, one after another, before it is `Busy`.
MAX_INTERRUPTIONS = 5

CreateReply = Callable[[NewReply], Awaitable[CreatedReply]]


@dataclass(frozen=True, slots=True)
class Replies:
    """Creates replies, and stops those in their way. `secret` signs the tokens of replies."""

    store: ReplyStore
    """The replies in PostgreSQL."""
    messages: MessageStore
    """Reads messages."""
    streaming: Streaming
    """Stops the messages that a question interrupts."""
    publisher: Publisher
    """Publishes each change after its commit, and wakes the workers."""
    producer: Producer
    """Tells whether replies can be asked for, and which models there are."""
    secret: str
    """Signs the tokens of replies."""
    now: Clock
    """The time, in UTC."""
    new_id: NewId
    """The ids of new messages and deliveries."""

    async def reply(self, caller: Caller, request: MessageReply) -> Written[AskedMessage]:
        """A new reply to the message of a user; for the id of a reply, another one to the same message.

        Raises `NotFound`, `InvalidInput`, `Busy`, `NoProducer`, `RateLimited`.
        """
        if not self.producer.can_reply:
            # `NotFound` goes before `NoProducer`, as it goes before every other error.
            await self.messages.get(caller.user_id, MessageId(request.id))

        async def create(new_reply: NewReply) -> CreatedReply:
            return await self.store.ask(caller.user_id, MessageId(request.id), new_reply)

        return await self._ask(caller.user_id, create, request.on_busy)

    async def models(self, caller: Caller, request: Nothing) -> list[Model]:
        """What `parameters.model` may be."""
        return await self.producer.models()

    # For other features

    async def ask_with(self, new: NewMessage, on_busy: OnBusy) -> Written[Message]:
        """Creates a message of a user and the reply to it, or neither; a repetition gives both as they are now.

        Raises `Busy`, `NoProducer`, `RateLimited`, and what a creation raises.
        """

        async def create(new_reply: NewReply) -> CreatedReply:
            return await self.store.ask_with(new, new_reply)

        return await self._ask(new.user_id, create, on_busy)

    def authenticate(self, token: str, message_id: str, origin: Origin) -> Caller:
        """The caller who bears the token of this one reply. Raises `Unauthorized`."""
        user_id, expires_at = verify_reply(self.secret, token, message_id, self.now())
        return Caller(origin, user_id, ReplyProof(MessageId(message_id)), expires_at)

    # For the operator

    async def dead_letters(self) -> list[DeadLetter]:
        """The requests that no workflow accepted, of all users, the oldest first."""
        return await self.store.dead()

    async def dead_letter(self, message_id: str) -> DeadLetter:
        """The dead letter of the reply in this message. Raises `NotFound`."""
        for letter in await self.dead_letters():
            if letter.message_id == message_id:
                return letter
        raise NotFound

    async def replay(self, letter: DeadLetter) -> Message:
        """Creates another reply to the question, under the same delivery id; gives the question. Raises `NotFound`."""
        created = await self.store.replay(letter, MessageId(self.new_id()))
        return self._publish(letter.user_id, created).record

    async def _ask(self, user_id: UserId, create: CreateReply, on_busy: OnBusy) -> Written[AskedMessage]:
        if not self.producer.can_reply:
            raise NoProducer
        for _ in range(MAX_INTERRUPTIONS):
            new = NewReply(MessageId(self.new_id()), self.new_id(), enqueue=on_busy == "enqueue")
            try:
                return self._publish(user_id, await create(new))
            except Busy as busy:
                if on_busy != "interrupt":
                    raise
                await self._stop(user_id, busy.under_way)
        raise Busy

    async def _stop(self, user_id: UserId, under_way: Sequence[MessageId]) -> None:
        """Stops these messages in order: the queued replies come first, so that none of them gets its turn."""
        for message_id in under_way:
            with contextlib.suppress(Closed, NotFound):
                await self.streaming.stop_message(user_id, message_id)

    def _publish(self, user_id: UserId, created: CreatedReply) -> Written[AskedMessage]:
        for change in created.changes:
            self.publisher.change(user_id, change)
        if created.changes:
            self.publisher.work()
        return Written(created.question, created.changes[0] if created.changes else None)
