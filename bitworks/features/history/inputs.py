"""What may be asked of conversations, messages and contexts."""

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


class ConversationCreate(Input):
    id: Id | None = None
    title: Title | None = None
    metadata: JsonObject | None = None


class ConversationList(Input):
    limit: int = Field(default=50, ge=1, le=200)
    cursor: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="where the page before ended; opaque"
    )
    title: Words | None = Field(
        default=None, description="only those whose title has this anywhere, whatever its case and accents"
    )


class ConversationUpdate(ById):
    title: Title | None = None
    metadata: JsonObject | None = None
    if_revision: RevisionField | None = None


class MessageCreate(Input):
    conversation_id: Id
    role: Role
    status: Literal["complete", "streaming"] = Field(
        default="complete", description="a streaming message grows until it is finished or stopped"
    )
    content: StreamedContent = Field(
        default="", validate_default=True, description="not empty unless streaming"
    )
    id: Id | None = None
    metadata: JsonObject | None = None
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
    limit: int = Field(default=100, ge=1, le=500)
    before: RevisionField | None = Field(default=None, description="a position: the page that ends before it")
    after: RevisionField | None = Field(default=None, description="a position: the page that begins after it")

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if self.before is not None and self.after is not None:
            raise PydanticCustomError("expected", "give before or after, not both")
        return self


class MessageUpdate(ById):
    content: Content = ""
    metadata: JsonObject | None = None
    if_revision: RevisionField | None = None


class _Known(BaseModel):
    """An object of which some keys are known, and checked, and the others are kept."""

    model_config = ConfigDict(extra="allow", strict=True)


class KnownWindow(_Known):
    max_tokens: int | None = Field(default=None, ge=1, le=100_000_000)
    max_messages: int | None = Field(default=None, ge=1, le=1_000_000)
    pinned: list[Id] | None = Field(default=None, max_length=PINNED_LIMIT)
    strategy: Literal["sliding", "summary"] | None = None


class KnownParameters(_Known):
    model: Annotated[Text, Field(max_length=200)] | None = None
    system: Text | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    max_output_tokens: int | None = Field(default=None, ge=1, le=100_000_000)


def _known_window(value: dict[str, Any]) -> dict[str, Any]:
    known = KnownWindow.model_validate(value)
    return value if known.pinned is None else {**value, "pinned": known.pinned}


def _known_parameters(value: dict[str, Any]) -> dict[str, Any]:
    KnownParameters.model_validate(value)
    return value


ContextWindow = Annotated[JsonObject, AfterValidator(_known_window)]
Parameters = Annotated[JsonObject, AfterValidator(_known_parameters)]


class ContextCreate(ByConversation):
    id: Id | None = None
    context_window: ContextWindow | None = None
    parameters: Parameters | None = None


class ContextUpdate(ByConversation):
    context_window: ContextWindow | None = None
    parameters: Parameters | None = None
    if_revision: RevisionField | None = None
