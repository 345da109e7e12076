"""The inputs of synchronisation."""

from typing import Annotated

from pydantic import Field

from bitworks.core.inputs import Input


class ChangesSince(Input):
    """A page of the changes after a cursor."""

    since: Annotated[str, Field(max_length=100)] = Field(
        default="0", description="a cursor that the server gave; `0` is the beginning"
    )
    limit: int = Field(default=200, ge=1, le=1000, description="changes of the page, at most")


class ChangesWait(ChangesSince):
    """The same, held until there is a change."""

    wait: int = Field(
        default=0, ge=0, le=30, description="seconds to hold the response until there is a change"
    )
