"""Conversations, messages and contexts, as every door shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, cast

from typing_extensions import TypedDict

from bitworks.core.ids import ContextId, ConversationId, MessageId, Revision, UserId
from bitworks.core.records import Json, Record, Tombstone

Role = Literal["user", "assistant", "system", "tool"]
Status = Literal["complete", "streaming", "interrupted", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Conversation(Record):
    """A conversation. `updated_at` is the latest of its own changes and of its messages."""

    kind: ClassVar[str] = "conversation"
    id: ConversationId
    user_id: UserId
    title: str | None
    metadata: Json
    created_at: datetime
    updated_at: datetime
    position: Revision
    revision: Revision


@dataclass(frozen=True, slots=True)
class Message(Record):
    """One turn of a conversation. `token_count` is in the vocabulary named by `metadata.vocabulary`.

    It is null while the message streams, and for what was written before messages were counted.
    """

    kind: ClassVar[str] = "message"
    id: MessageId
    conversation_id: ConversationId
    role: Role
    content: str
    status: Status
    metadata: Json
    token_count: int | None
    timestamp: datetime
    edited_at: datetime | None
    position: Revision
    revision: Revision


class MessageJson(TypedDict):
    """A message as it stands in JSON, read so from PostgreSQL: `metadata` is finished text."""

    id: str
    conversation_id: str
    role: Role
    content: str
    status: Status
    metadata: object
    token_count: int | None
    timestamp: str
    edited_at: str | None
    position: int
    revision: int


class Summary(TypedDict):
    """What a conversation said up to a position, told shorter, in the words of `model`.

    It stands for the messages in the window; they stay as they are.
    """

    text: str
    through_position: int
    token_count: int
    vocabulary: str
    model: str | None


class WindowSettings(TypedDict, total=False):
    """The keys of `context_window` that are known. `max_tokens` are of the whole window, the answer's too."""

    max_tokens: int | None
    max_messages: int | None
    pinned: list[str] | None
    strategy: Literal["sliding", "summary"] | None


class ModelParameters(TypedDict, total=False):
    """The keys of `parameters` that are known. `max_output_tokens` are reserved for the answer."""

    model: str | None
    system: str | None
    temperature: float | None
    top_p: float | None
    max_output_tokens: int | None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was asked for: the message it grows in, and whether it waits for its turn.

    Once it has ended, `state` is the status of that message.
    """

    message_id: MessageId
    state: Literal["queued"] | Status


@dataclass(frozen=True, slots=True)
class AskedMessage(Message):
    """A question, with the answer that was asked for; None if that was deleted since."""

    reply: Reply | None


@dataclass(frozen=True, slots=True)
class Context(Record):
    """How a conversation is given to a model: how much of it, and with which parameters.

    `summary` is kept by the server, for the strategy `summary`.
    """

    kind: ClassVar[str] = "context"
    id: ContextId
    conversation_id: ConversationId
    context_window: Json | None
    parameters: Json | None
    position: Revision
    revision: Revision
    summary: Summary | None = None


def window_settings(context: Context | None) -> WindowSettings:
    """What a context says of the window; nothing where there is none."""
    return cast("WindowSettings", (context.context_window if context else None) or {})


def model_parameters(context: Context | None) -> ModelParameters:
    """What a context says of the model; nothing where there is none."""
    return cast("ModelParameters", (context.parameters if context else None) or {})


@dataclass(frozen=True, slots=True)
class DeletedConversation(Tombstone):
    """What is left of a conversation. Its messages and context went with it, without changes of their own."""

    kind: ClassVar[str] = "conversation"
    id: ConversationId
    revision: Revision


@dataclass(frozen=True, slots=True)
class DeletedMessage(Tombstone):
    """What is left of a message. Receivers raise the conversation's `updated_at` to `timestamp`."""

    kind: ClassVar[str] = "message"
    id: MessageId
    conversation_id: ConversationId
    timestamp: datetime
    revision: Revision


@dataclass(frozen=True, slots=True)
class DeletedContext(Tombstone):
    """What is left of a context."""

    kind: ClassVar[str] = "context"
    id: ContextId
    conversation_id: ConversationId
    revision: Revision
