"""What messages set off in features above them, which fulfil these protocols."""

from typing import Protocol

from bitworks.core.changes import Written
from bitworks.core.ids import MessageId, UserId
from bitworks.features.history.inputs import MessageCreate, OnBusy
from bitworks.features.history.records import Message
from bitworks.features.history.store.message_writer import NewMessage


class Streams(Protocol):
    """Messages that grow: fulfilled by `features/streaming`."""

    async def open(self, user_id: UserId, request: MessageCreate) -> Written[Message]:
        """A new message that streams; a repeated creation gives it as it is now."""

    def forget(self, user_id: UserId, id_: MessageId) -> None:
        """The message was deleted: nothing more of it is written or shown."""


class ReplyRequests(Protocol):
    """ReplyRequests to questions: fulfilled by `features/replies`."""

    async def ask_with(self, new: NewMessage, on_busy: OnBusy) -> Written[Message]:
        """A new question and its answer, or neither; a repeated creation gives both as they are now.

        Raises `Busy`, `NoProducer`, `OtherModel`, and whatever a creation raises.
        """
