"""The base of all inputs, and the inputs that many operations share.

Unknown fields are refused, nothing is coerced. An update leaves a field that is absent from its input as it is, so
its handler reads `model_fields_set`.
"""

from pydantic import BaseModel, ConfigDict, Field

from bitworks.core.fields import Id


class Input(BaseModel):
    """A closed, strict, frozen object."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Nothing(Input):
    """No fields at all."""


class ById(Input):
    """One row, by its id."""

    id: Id = Field(description="the id of the row")


class ByConversation(Input):
    """What belongs to one conversation, by the conversation's id."""

    conversation_id: Id = Field(description="the id of the conversation")
