"""What messages need of the features above them, which import this one."""

from typing import Protocol

from bitworks.core.changes import Written
from bitworks.core.ids import MessageId, UserId
from bitworks.features.history.inputs import MessageCreate, OnBusy
from bitworks.features.history.records import Message
from bitworks.features.history.store.message_writer import NewMessage


class Streams(Protocol):
    """Streaming messages. Implemented by `features/streaming`."""

    async def open(self, user_id: UserId, request: MessageCreate) -> Written[Message]:
        """Creates a message of the status `streaming`; a repeated creation returns it as it is now.

        Raises `NotFound` (the conversation), `IdConflict`, `Deleted`, `Unavailable`.
        """

    def forget(self, user_id: UserId, id_: MessageId) -> None:
        """Drops the buffer of a message that was deleted: nothing more of its text is written or shown."""


class ReplyRequests(Protocol):
    """Questions that are to be replied to. Implemented by `features/replies`."""

    async def ask_with(self, new: NewMessage, on_busy: OnBusy) -> Written[Message]:
        """Creates a question and the message of its reply, or neither; a repeated creation returns both as they are.

        Raises `Busy`, `NoProducer`, `OtherModel`, and what `MessageStore.create` raises.
        """
