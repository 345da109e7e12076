"""Accounts and sessions, as every door shows them. Times are UTC."""

from dataclasses import dataclass
from datetime import datetime

from bitworks.core.ids import SessionId, UserId


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account."""

    id: UserId
    """A UUID."""
    email: str
    """At most 254 characters, stripped and case-folded; unique."""
    created_at: datetime
    """The time of the registration, in whole milliseconds."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in, which is a family of refresh tokens. `current` is the session of the request."""

    id: SessionId
    """A UUID."""
    created_at: datetime
    """The time of the sign-in."""
    last_used_at: datetime
    """The time of the last refresh; of the sign-in, before the first."""
    expires_at: datetime
    """The end of the session unless it is refreshed, in whole seconds."""
    address: str
    """The IP address of the sign-in, as text."""
    user_agent: str
    """The User-Agent header of the sign-in, at most 200 characters."""
    current: bool
    """Whether it is the session of the request."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A pair of tokens, and the user they are for. `expires_in` is that of the access token, in seconds."""

    access_token: str
    """A JWT of the use `access`."""
    token_type: str
    """Always `bearer`."""
    expires_in: int
    """The lifetime of the access token, in seconds."""
    refresh_token: str
    """A JWT of the use `refresh`, for one use."""
    user: User
    """The user that both tokens name."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The claims of a valid access token, and the email of its user."""

    user_id: UserId
    """The user."""
    email: str
    """The user's email, as registered."""
    session_id: SessionId
    """The session that the token is bound to."""
    expires_at: str
    """The end of the token, in RFC 3339 UTC with milliseconds."""
