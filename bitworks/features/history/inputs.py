"""The inputs of conversations, messages and contexts."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from bitworks.core.fields import (
    PINNED_LIMIT,
    Content,
    Id,
    JsonObject,
    RevisionField,
    StreamedContent,
    Text,
    Title,
    Words,
)
from bitworks.core.inputs import ByConversation, ById, Input
from bitworks.features.history.records import Role

OnBusy = Literal["reject", "enqueue", "interrupt"]
"""What a request for a reply does while another reply is under way in its conversation."""


class ConversationCreate(Input):
    """A new conversation."""

    id: Id | None = Field(
        default=None,
        description="chosen by the client, so that the creation can be repeated; comes back in lower case",
    )
    title: Title | None = Field(default=None, description="without one, named after its first question")
    metadata: JsonObject | None = Field(default=None, description="the client's own, kept as it is")


class ConversationList(Input):
    """A page of the list of conversations, newest first."""

    limit: int = Field(default=50, ge=1, le=200, description="conversations of the page, at most")
    cursor: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="where the page before ended; opaque"
    )
    title: Words | None = Field(
        default=None, description="only those whose title has this anywhere, whatever its case and accents"
    )


class ConversationUpdate(ById):
    """An update of a conversation. A field that is absent stays as it is."""

    title: Title | None = None
    metadata: JsonObject | None = Field(default=None, description="replaces the present object")
    if_revision: RevisionField | None = Field(
        default=None, description="the revision that the client has seen; refused if there is a later one"
    )


class MessageCreate(Input):
    """A new message at the end of a conversation."""

    conversation_id: Id
    role: Role
    status: Literal["complete", "streaming"] = Field(
        default="complete", description="a streaming message grows until it is finished or stopped"
    )
    content: StreamedContent = Field(
        default="", validate_default=True, description="not empty unless streaming"
    )
    id: Id | None = Field(
        default=None,
        description="chosen by the client, so that the creation can be repeated; comes back in lower case",
    )
    metadata: JsonObject | None = Field(
        default=None,
        description="the client's own; the server adds `vocabulary` once it has counted the tokens",
    )
    reply: bool = Field(default=False, description="ask the server's producer to answer it; for `user` only")
    on_busy: OnBusy = Field(default="reject", description="what to do if an answer is under way")

    @model_validator(mode="after")
    def _only_questions_are_answered(self) -> Self:
        if self.reply and (self.role != "user" or self.status != "complete"):
            raise PydanticCustomError("expected", "only a complete message of the user can be answered")
        return self

    @field_validator("content")
    @classmethod
    def _not_empty_unless_streaming(cls, content: str, info: ValidationInfo) -> str:
        if not content and info.data.get("status") != "streaming":
            raise PydanticCustomError("expected", "must have at least 1 character")
        return content


class MessageList(ByConversation):
    """A page of the messages of a conversation, ascending by position; without a position, the newest page."""

    limit: int = Field(default=100, ge=1, le=500, description="messages of the page, at most")
    before: RevisionField | None = Field(default=None, description="a position: the page that ends before it")
    after: RevisionField | None = Field(default=None, description="a position: the page that begins after it")

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if self.before is not None and self.after is not None:
            raise PydanticCustomError("expected", "give before or after, not both")
        return self


class MessageUpdate(ById):
    """An update of a message that has ended. A field that is absent stays as it is."""

    content: Content = ""  # an absent content is counted like this one, but not written
    metadata: JsonObject | None = Field(
        default=None, description="replaces the present object, but `vocabulary`"
    )
    if_revision: RevisionField | None = Field(
        default=None, description="the revision that the client has seen; refused if there is a later one"
    )


class _Known(BaseModel):
    """An object of the caller's own, of which some keys are known and validated. Other keys are kept."""

    model_config = ConfigDict(extra="allow", strict=True)


class KnownWindow(_Known):
    """The known keys of `context_window`; null is as absent."""

    max_tokens: int | None = Field(
        default=None, ge=1, le=100_000_000, description="tokens of the whole window, the reply included"
    )
    max_messages: int | None = Field(
        default=None, ge=1, le=1_000_000, description="messages in the window, at most"
    )
    pinned: list[Id] | None = Field(
        default=None, max_length=PINNED_LIMIT, description="ids of messages that are always in the window"
    )
    strategy: Literal["sliding", "summary"] | None = Field(
        default=None, description="whether older messages are dropped or summarised; `sliding` if absent"
    )


class KnownParameters(_Known):
    """The known keys of `parameters`; null is as absent."""

    model: Annotated[Text, Field(max_length=200)] | None = Field(
        default=None, description="a name of a model"
    )
    system: Text | None = Field(default=None, description="the system prompt")
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    max_output_tokens: int | None = Field(
        default=None, ge=1, le=100_000_000, description="tokens of the reply, at most; reserved in the window"
    )


def _known_window(value: dict[str, Any]) -> dict[str, Any]:
    # The object is kept as the caller wrote it, but for the ids, which are compared in their canonical form.
    known = KnownWindow.model_validate(value)
    return value if known.pinned is None else {**value, "pinned": known.pinned}


def _known_parameters(value: dict[str, Any]) -> dict[str, Any]:
    KnownParameters.model_validate(value)
    return value


ContextWindow = Annotated[JsonObject, AfterValidator(_known_window)]
"""An object of the caller's own, whose known keys are those of `KnownWindow`."""
Parameters = Annotated[JsonObject, AfterValidator(_known_parameters)]
"""An object of the caller's own, whose known keys are those of `KnownParameters`."""


class ContextCreate(ByConversation):
    """The context of a conversation that has none."""

    id: Id | None = Field(
        default=None,
        description="chosen by the client, so that the creation can be repeated; comes back in lower case",
    )
    context_window: ContextWindow | None = None
    parameters: Parameters | None = None


class ContextUpdate(ByConversation):
    """An update of a conversation's context. A field that is absent stays as it is."""

    context_window: ContextWindow | None = Field(default=None, description="replaces the present object")
    parameters: Parameters | None = Field(default=None, description="replaces the present object")
    if_revision: RevisionField | None = Field(
        default=None, description="the revision that the client has seen; refused if there is a later one"
    )
