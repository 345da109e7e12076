"""What every producer of replies does, and how it can fail."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from typing_extensions import TypedDict

from bitworks.core.ids import ConversationId, MessageId, UserId
from bitworks.core.records import Json
from bitworks.features.history.records import Message, Role
from bitworks.features.models.models import Model


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as a producer is given it."""

    role: Role
    content: str
    metadata: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """A request for one reply, the same at every try.

    message_id: the message that the reply fills.
    delivery_id: a UUID, by which a workflow can tell a repetition.
    token: a JWT that authorises this reply alone.
    question: the message of the user that is replied to.
    turns: what the model is given, oldest first; the question is among them.
    parameters: those of the conversation's context, the unknown ones too; empty for none.
    """

    user_id: UserId
    conversation_id: ConversationId
    message_id: MessageId
    delivery_id: str
    token: str
    question: Message
    turns: Sequence[Turn]
    parameters: Json


@dataclass(frozen=True, slots=True)
class Completion:
    """The reply is complete. `metadata` says how: model, usage, finish_reason. `title` names the talk."""

    metadata: Json
    title: str | None = None


@dataclass(frozen=True, slots=True)
class DeferredReply:
    """The request was taken; the text comes by itself, from somebody who has the token."""


# What comes of an answer: text, its completion, or that it comes by itself.
Output = str | Completion | DeferredReply


class Producer(Protocol):
    """Somebody who answers, or nobody. Requests that a dead letter is kept of can be replayed.

    `completes`: whether titles and summaries can be had from it by `complete`.
    """

    @property
    def can_reply(self) -> bool: ...

    @property
    def can_complete(self) -> bool: ...

    @property
    def keeps_dead_letters(self) -> bool: ...

    def reply(self, request: ReplyRequest) -> AsyncIterator[Output]:
        """Text as it comes, then one `Completion`; or `DeferredReply` and nothing more. Raises `ProducerFailed`.

        Closing the iterator, or cancelling whoever waits for it, gives the work up at once.
        """

    async def complete(self, turns: Sequence[Turn], parameters: Json) -> str | None:
        """A short text in one piece, for titles and summaries; None where it writes none."""

    async def models(self) -> list[Model]:
        """What `parameters.model` may be."""

    async def close(self) -> None:
        """Gives up its connections."""


class ProducerError(TypedDict):
    """Why a producer failed, as `metadata.error` has it."""

    code: str
    detail: str


class ProducerFailed(Exception):
    """No answer, or not all of it. `detail` is for people, and holds no secret."""

    def __init__(
        self, code: str, detail: str, *, retryable: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retryable = retryable
        self.retry_after = retry_after

    @property
    def described(self) -> ProducerError:
        """As `metadata.error` has it."""
        return {"code": self.code, "detail": self.detail}
