"""The inputs of the operations on streaming messages."""

from typing import Literal

from pydantic import Field

from bitworks.core.fields import Fragment, JsonObject, Offset
from bitworks.core.inputs import ById


class MessageAppend(ById):
    """Text to add to a streaming message."""

    text: Fragment = Field(description="empty: a heartbeat")
    offset: Offset | None = Field(
        default=None,
        description="where the text begins, in UTF-16 code units; a part held already is skipped",
    )


class MessageFinish(ById):
    """The end of a streaming message."""

    status: Literal["complete", "failed"] = "complete"
    metadata: JsonObject | None = Field(default=None, description="keys to set; the others stay")
