"""What may be asked of changes."""

from typing import Annotated

from pydantic import Field

from bitworks.core.inputs import Input


class ChangesSince(Input):
    since: Annotated[str, Field(max_length=100)] = "0"
    limit: int = Field(default=200, ge=1, le=1000)


class ChangesWait(ChangesSince):
    wait: int = Field(
        default=0, ge=0, le=30, description="seconds to hold the answer until there is a change"
    )
