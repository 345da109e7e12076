"""The inputs of the operation on windows."""

from pydantic import Field

from bitworks.core.inputs import ByConversation


class WindowRead(ByConversation):
    """A request for the window of a conversation."""

    max_tokens: int | None = Field(
        default=None, ge=1, le=100_000_000, description="instead of what the context says"
    )
