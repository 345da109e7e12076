"""Commands about answers: asking for them, and what becomes of requests that nobody took."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence

from bitworks.core.errors import Busy, Closed, NoProducer, NotFound
from bitworks.core.ids import MessageId, SessionId, UserId
from bitworks.core.records import Message
from bitworks.features.accounts.tokens import verify_reply
from bitworks.features.history.inputs import ById, MessageReply, Nothing, OnBusy
from bitworks.features.history.store.message_writer import NewMessage
from bitworks.features.models.models import Model
from bitworks.features.replies.store import Asked, DeadLetter, NewReply
from bitworks.features.streaming import streaming
from bitworks.features.sync.publishing import publish_change, publish_work
from bitworks.services import Caller, Services
from bitworks.storage.revisions import Written

# How often others may be faster before one who interrupts is told that it is busy.
INTERRUPTIONS = 5

Ask = Callable[[NewReply], Awaitable[Asked]]


async def create(services: Services, new: NewMessage, on_busy: OnBusy) -> Written[Message]:
    """A new question and its answer, or neither; a repeated creation gives both as they are now."""

    async def ask(wanted: NewReply) -> Asked:
        return await services.storage.replies.ask_with(new, wanted)

    return await _ask(services, new.user_id, ask, on_busy)


async def reply(services: Services, caller: Caller, wanted: MessageReply) -> Written[Message]:
    """An answer to a question that is there. Naming an answer asks for another one to its question."""

    if not services.producer.answers:
        # Whether there is such a message is the first thing to say, as everywhere.
        await services.storage.messages.get(caller.user_id, MessageId(wanted.id))

    async def ask(new: NewReply) -> Asked:
        return await services.storage.replies.ask(caller.user_id, MessageId(wanted.id), new)

    return await _ask(services, caller.user_id, ask, wanted.on_busy)


async def models(services: Services, caller: Caller, wanted: Nothing) -> list[Model]:
    """What `parameters.model` may be."""
    return await services.producer.models()


def authenticate(services: Services, token: str, message_id: str) -> Caller:
    """Who has the token of this one reply acts for its user. Raises `Unauthorized`."""
    user_id, expires_at = verify_reply(services.policy.secret, token, message_id, services.now())
    return Caller(user_id, SessionId(""), expires_at)


async def dead_letters(services: Services) -> list[DeadLetter]:
    """The requests that no workflow took, of all users, the oldest first."""
    return await services.storage.replies.dead()


async def dead_letter(services: Services, message_id: str) -> DeadLetter:
    """The one of this message. Raises `NotFound`."""
    for letter in await dead_letters(services):
        if letter.message_id == message_id:
            return letter
    raise NotFound


async def replay(services: Services, letter: DeadLetter) -> Message:
    """Asks again, under the same delivery id, for another answer to the question; gives the question."""
    asked = await services.storage.replies.replay(letter, MessageId(services.new_id()))
    return _tell(services, letter.user_id, asked).record


async def _ask(services: Services, user_id: UserId, ask: Ask, on_busy: OnBusy) -> Written[Message]:
    if not services.producer.answers:
        raise NoProducer
    for _ in range(INTERRUPTIONS):
        new = NewReply(MessageId(services.new_id()), services.new_id(), enqueue=on_busy == "enqueue")
        try:
            return _tell(services, user_id, await ask(new))
        except Busy as busy:
            if on_busy != "interrupt":
                raise
            await _stop(services, user_id, busy.under_way)
    raise Busy


async def _stop(services: Services, user_id: UserId, under_way: Sequence[MessageId]) -> None:
    """In this order: what waits for its turn must not get it."""
    for message_id in under_way:
        with contextlib.suppress(Closed, NotFound):
            await streaming.stop(services, user_id, ById(id=message_id))


def _tell(services: Services, user_id: UserId, asked: Asked) -> Written[Message]:
    for change in asked.changes:
        publish_change(services, user_id, change)
    if asked.changes:
        publish_work(services)
    return Written(asked.question, asked.changes[0] if asked.changes else None)
