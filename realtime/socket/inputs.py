"""The inputs of a socket itself: its handshake, and the renewal of its token."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bitworks.core.fields import Token
from bitworks.core.inputs import Input


class Renewal(Input):
    """The payload of `session:renew`: a new access token of the same session."""

    token: Token


class ConnectAuth(BaseModel):
    """The `auth` of a Socket.IO handshake. The stock client adds keys of its own, so unknown ones pass.

    token: an access token.
    since: the cursor that the client has; null for a first connection.
    max_changes: the most changes that it wants to be sent; with more it is told to reset.
    pid, offset: those of the stock client's connection state recovery.
    """

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    token: Token
    since: Annotated[str, Field(max_length=100)] | None = None
    max_changes: int | None = Field(default=None, ge=0, le=1_000_000)
    pid: Annotated[str, Field(max_length=200)] | None = None
    offset: Annotated[str, Field(max_length=100)] | None = None
