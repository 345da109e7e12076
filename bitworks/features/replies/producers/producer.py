"""The interface of every producer of replies, and how a producer fails."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import NotRequired, Protocol

from typing_extensions import TypedDict

from bitworks.core.ids import ConversationId, MessageId, UserId
from bitworks.core.records import Json
from bitworks.features.history.records import Message, ModelParameters, Role
from bitworks.features.models.models import Model


class TurnMetadata(TypedDict, total=False):
    """The keys of a message's metadata that tell what it answers and what it calls, as Chat Completions has them.

    They are the client's own: nothing is known of their values.
    """

    tool_calls: object
    """The calls of an assistant."""
    tool_call_id: object
    """The call that a message of a tool answers."""
    reply_to: object
    """The question that an answer is to."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as a producer is given it: its role, its text, and what of `metadata` a request is made of."""

    role: Role
    """The role of the message."""
    content: str
    """Its text."""
    metadata: TurnMetadata = field(default_factory=TurnMetadata)
    """Its calls of tools, and what it answers; empty for neither."""


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """A request for one reply, the same at every try but for its token."""

    user_id: UserId
    """The user who asked."""
    conversation_id: ConversationId
    """The conversation of the question."""
    message_id: MessageId
    """The message that the reply fills."""
    delivery_id: str
    """A UUID, by which a workflow can tell a repetition."""
    token: str
    """A JWT that authorises this reply alone."""
    question: Message
    """The message of the user that is replied to."""
    turns: Sequence[Turn]
    """What the model is given, oldest first, as `acceptable` makes it; the question is the last."""
    parameters: ModelParameters
    """The parameters of the conversation's context, the unknown ones too; empty for none."""


@dataclass(frozen=True, slots=True)
class Completion:
    """The reply is complete. `metadata` is added to the message's; `title` may become the conversation's."""

    metadata: Json
    title: str | None = None


@dataclass(frozen=True, slots=True)
class DeferredReply:
    """The request was accepted; its text comes later, through the doors, under the token of the reply."""


# What a reply consists of: pieces of text, then its completion; or that it is deferred.
Output = str | Completion | DeferredReply


class Producer(Protocol):
    """Produces replies. One producer serves all conversations of a process."""

    @property
    def can_reply(self) -> bool:
        """Whether replies may be asked for at all."""

    @property
    def can_complete(self) -> bool:
        """Whether `complete` gives text, so that titles and summaries can be written."""

    @property
    def keeps_dead_letters(self) -> bool:
        """Whether a request that failed for good is kept, for an operator to replay."""

    def reply(self, request: ReplyRequest) -> AsyncIterator[Output]:
        """Text as it comes, then one `Completion`; or `DeferredReply` and nothing more. Raises `ProducerFailed`.

        Closing the iterator, or cancelling the task that waits for it, abandons the request at once.
        """

    async def complete(self, turns: Sequence[Turn], parameters: ModelParameters) -> str | None:
        """A short text in one piece, for titles and summaries; None where it writes none. Raises `ProducerFailed`."""

    async def models(self) -> list[Model]:
        """What `parameters.model` may be."""

    async def close(self) -> None:
        """Closes its connections."""


class ProducerError(TypedDict):
    """Why a producer failed, as it stands in `metadata.error`."""

    code: str
    """For programs."""
    detail: str
    """For people."""
    retry_at: NotRequired[str]
    """When the producer can be asked again, in RFC 3339, where it said so and that is long from now."""


class ProducerFailed(Exception):
    """No reply, or not all of it.

    code: for programs, as `metadata.error.code`.
    detail: for people; it holds no secret.
    retryable: whether another try may succeed.
    retry_after: seconds that the producer asks to wait before another try; None where it does not.
    metadata: what is known of the reply all the same; it is added to the message's.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        metadata: Json | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retryable = retryable
        self.retry_after = retry_after
        self.metadata = metadata or {}

    @property
    def described(self) -> ProducerError:
        """The error as it stands in `metadata.error`."""
        return {"code": self.code, "detail": self.detail}
