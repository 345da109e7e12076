"""What a socket says of itself: how it connects, and that it goes on under another token."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bitworks.core.fields import Token
from bitworks.core.inputs import Input


class Renewal(Input):
    token: Token


class ConnectAuth(BaseModel):
    """The `auth` of a Socket.IO connect. The stock client adds keys of its own, so unknown ones pass."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    token: Token
    since: Annotated[str, Field(max_length=100)] | None = None
    max_changes: int | None = Field(default=None, ge=0, le=1_000_000)
    pid: Annotated[str, Field(max_length=200)] | None = None
    offset: Annotated[str, Field(max_length=100)] | None = None
