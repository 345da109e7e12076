"""What the system keeps, as every door shows it.

A record is frozen: a change makes a new one. `revision` is the number of its last change, `position`
that of its creation; both count the changes of its user. Times are UTC, in whole milliseconds.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from typing_extensions import TypedDict

from bitworks.core.ids import ContextId, ConversationId, MessageId, Revision, SessionId, UserId

Json = dict[str, Any]
Role = Literal["user", "assistant", "system", "tool"]
Status = Literal["complete", "streaming", "interrupted", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account."""

    id: UserId
    email: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in: a family of refresh tokens. `current` is the one that asks."""

    id: SessionId
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str
    user_agent: str
    current: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation. `updated_at` is the latest of its own changes and of its messages."""

    id: ConversationId
    user_id: UserId
    title: str | None
    metadata: Json
    created_at: datetime
    updated_at: datetime
    position: Revision
    revision: Revision


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation. `token_count` is in the vocabulary named by `metadata.vocabulary`.

    It is null while the message streams, and for what was written before messages were counted.
    """

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


class Summary(TypedDict):
    """What a conversation said up to a position, told shorter, in the words of `model`.

    It stands for the messages in the window; they stay as they are.
    """

    text: str
    through_position: int
    token_count: int
    vocabulary: str
    model: str | None


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
class Context:
    """How a conversation is given to a model: how much of it, and with which parameters.

    `summary` is kept by the server, for the strategy `summary`.
    """

    id: ContextId
    conversation_id: ConversationId
    context_window: Json | None
    parameters: Json | None
    position: Revision
    revision: Revision
    summary: Summary | None = None


@dataclass(frozen=True, slots=True)
class DeletedConversation:
    """What is left of a conversation. Its messages and context went with it, without changes of their own."""

    id: ConversationId
    revision: Revision


@dataclass(frozen=True, slots=True)
class DeletedMessage:
    """What is left of a message. Receivers raise the conversation's `updated_at` to `timestamp`."""

    id: MessageId
    conversation_id: ConversationId
    timestamp: datetime
    revision: Revision


@dataclass(frozen=True, slots=True)
class DeletedContext:
    """What is left of a context."""

    id: ContextId
    conversation_id: ConversationId
    revision: Revision


Record = Conversation | Message | Context
Tombstone = DeletedConversation | DeletedMessage | DeletedContext
