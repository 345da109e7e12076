"""Conversations, messages and contexts, as every door shows them. Times are UTC, in whole milliseconds."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, cast

from typing_extensions import TypedDict

from bitworks.core.ids import ContextId, ConversationId, MessageId, Revision, UserId
from bitworks.core.records import Json, Record, Tombstone

Role = Literal["user", "assistant", "system", "tool"]
"""Who wrote a message."""
Status = Literal["complete", "streaming", "interrupted", "stopped", "failed"]
"""Of a message: it may still grow (`streaming`), or how it ended."""


@dataclass(frozen=True, slots=True)
class Conversation(Record):
    """A conversation. `updated_at` is the latest of its own changes and of its messages."""

    kind: ClassVar[str] = "conversation"
    id: ConversationId
    """A UUID."""
    user_id: UserId
    """Its owner."""
    title: str | None
    """At most 200 characters; None until its first question."""
    metadata: Json
    """The client's own object, at most 16 KiB of JSON."""
    created_at: datetime
    """The time of its creation."""
    updated_at: datetime
    """The time of the latest change of itself or of its messages."""
    position: Revision
    """The revision of its creation."""
    revision: Revision
    """The revision of its own last change; a change of a message leaves it."""


@dataclass(frozen=True, slots=True)
class Message(Record):
    """One turn of a conversation. `token_count` is in the vocabulary named by `metadata.vocabulary`.

    It is null while the message streams, and for messages that were written before messages were counted.
    """

    kind: ClassVar[str] = "message"
    id: MessageId
    """A UUID."""
    conversation_id: ConversationId
    """The conversation that it belongs to."""
    role: Role
    """Who wrote it."""
    content: str
    """At most 1,000,000 characters; of a streaming message, the text that is written so far."""
    status: Status
    """Whether it may still grow, or how it ended."""
    metadata: Json
    """The client's own object, at most 16 KiB of JSON, with `vocabulary`, which the server sets."""
    token_count: int | None
    """The tokens of `content`; None while that is not known."""
    timestamp: datetime
    """The time of its creation."""
    edited_at: datetime | None
    """The time of the last update of its content or metadata; None if there was none."""
    position: Revision
    """The revision of its creation, by which messages are ordered."""
    revision: Revision
    """The revision of its last change."""


class MessageJson(TypedDict):
    """The fields of a `Message` as PostgreSQL renders them for JSON, to be encoded without a record in between."""

    id: str
    """A UUID."""
    conversation_id: str
    """The conversation that it belongs to: a UUID."""
    role: Role
    """Who wrote it."""
    content: str
    """At most 1,000,000 characters; of a streaming message, the text that is written so far."""
    status: Status
    """Whether it may still grow, or how it ended."""
    metadata: object
    """Encoded JSON, wrapped for `to_json`: it cannot be read by key."""
    token_count: int | None
    """The tokens of `content`; None while that is not known."""
    timestamp: str
    """The time of its creation, in RFC 3339 UTC with milliseconds."""
    edited_at: str | None
    """The time of its last update, in the same form; None if there was none."""
    position: int
    """The revision of its creation, by which messages are ordered."""
    revision: int
    """The revision of its last change."""


RESERVED_METADATA = ("reply_to", "vocabulary", "reply", "origin")
"""The keys of an answer's metadata that whoever writes it for the server may not set."""


def without_reserved(metadata: Json) -> Json:
    """Returns metadata without the keys that the server alone sets."""
    return {name: value for name, value in metadata.items() if name not in RESERVED_METADATA}


class MessageMetadata(TypedDict, total=False):
    """The key of a message's `metadata` that the server sets; the others are the client's own."""

    vocabulary: str
    """The name of the vocabulary, in tiktoken, that `token_count` is in."""


class Summary(TypedDict):
    """A summary of a conversation up to a position, written by `model`.

    It stands for those messages in the window; they stay as they are.
    """

    text: str
    """The summary itself."""
    through_position: int
    """The position of the last message that it covers."""
    token_count: int
    """The tokens of `text`."""
    vocabulary: str
    """The name of the vocabulary, in tiktoken, that `token_count` is in."""
    model: str | None
    """The model that wrote it; None: the server's default."""


class WindowSettings(TypedDict, total=False):
    """The known keys of `context_window`, as `KnownWindow` has validated them; None is as absent."""

    max_tokens: int | None
    """Tokens of the whole window, the reply included."""
    max_messages: int | None
    """Messages in the window, at most."""
    pinned: list[str] | None
    """Ids of messages that are always in the window, at most 100."""
    strategy: Literal["sliding", "summary"] | None
    """Whether older messages are dropped or summarised; `sliding` if absent."""


class ModelParameters(TypedDict, total=False):
    """The known keys of `parameters`, as `KnownParameters` has validated them; None is as absent."""

    model: str | None
    """A name of a model, at most 200 characters; the server's default if absent."""
    system: str | None
    """The system prompt."""
    temperature: float | None
    """0 to 2."""
    top_p: float | None
    """0 to 1."""
    max_output_tokens: int | None
    """Tokens of the reply, at most; as many are reserved for it in the window."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that was requested. It is `queued` while another one is under way in its conversation.

    Once it has begun, `state` is the status of its message.
    """

    message_id: MessageId
    """The message that the reply streams into."""
    state: Literal["queued"] | Status
    """Whether it waits for its turn, else the status of its message."""


@dataclass(frozen=True, slots=True)
class AskedMessage(Message):
    """A question with its reply, which is null if the reply was deleted since."""

    reply: Reply | None
    """The reply that was requested last; None if it was deleted since."""


@dataclass(frozen=True, slots=True)
class Context(Record):
    """How a conversation is given to a model: how much of it, and with which parameters.

    `summary` is kept by the server, for the strategy `summary`.
    """

    kind: ClassVar[str] = "context"
    id: ContextId
    """A UUID."""
    conversation_id: ConversationId
    """The conversation, which has no other context."""
    context_window: Json | None
    """The client's own object, at most 16 KiB of JSON; `window_settings` gives its known keys a type."""
    parameters: Json | None
    """The client's own object, at most 16 KiB of JSON; `model_parameters` gives its known keys a type."""
    position: Revision
    """The revision of its creation."""
    revision: Revision
    """The revision of its last change."""
    summary: Summary | None = None
    """The summary that the server keeps for the strategy `summary`; None if there is none yet."""


def message_metadata(message: Message) -> MessageMetadata:
    """Returns the metadata of a message by its known key."""
    return cast("MessageMetadata", message.metadata)


def window_settings(context: Context | None) -> WindowSettings:
    """Returns the window of a context by its known keys; no keys where there is none."""
    return cast("WindowSettings", (context.context_window if context else None) or {})


def model_parameters(context: Context | None) -> ModelParameters:
    """Returns the parameters of a context by their known keys; no keys where there are none."""
    return cast("ModelParameters", (context.parameters if context else None) or {})


@dataclass(frozen=True, slots=True)
class DeletedConversation(Tombstone):
    """The tombstone of a conversation. Its messages and context are deleted with it, without changes of their own."""

    kind: ClassVar[str] = "conversation"
    id: ConversationId
    """The deleted conversation."""
    revision: Revision
    """The revision of the deletion."""


@dataclass(frozen=True, slots=True)
class DeletedMessage(Tombstone):
    """The tombstone of a message. Receivers raise the conversation's `updated_at` to `timestamp`."""

    kind: ClassVar[str] = "message"
    id: MessageId
    """The deleted message."""
    conversation_id: ConversationId
    """The conversation that it belonged to."""
    timestamp: datetime
    """The `timestamp` of the deleted message."""
    revision: Revision
    """The revision of the deletion."""


@dataclass(frozen=True, slots=True)
class DeletedContext(Tombstone):
    """The tombstone of a context."""

    kind: ClassVar[str] = "context"
    id: ContextId
    """The deleted context."""
    conversation_id: ConversationId
    """The conversation that it belonged to."""
    revision: Revision
    """The revision of the deletion."""
