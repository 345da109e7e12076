"""What every input is made of: closed, strict objects, and the few that many operations share.

Unknown fields are refused, nothing is coerced. In an update an absent field stays as it is, which is why updates
are read through `model_fields_set`.
"""

from pydantic import BaseModel, ConfigDict

from bitworks.core.fields import Id


class Input(BaseModel):
    """A closed, strict object."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Nothing(Input):
    """No fields at all."""


class ById(Input):
    """One row, by its id."""

    id: Id


class ByConversation(Input):
    """What belongs to one conversation, by the conversation's id."""

    conversation_id: Id
