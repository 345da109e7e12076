"""Accounts and sessions, as every door shows them."""

from dataclasses import dataclass
from datetime import datetime

from bitworks.core.ids import SessionId, UserId


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account."""

    id: UserId
    email: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in: a family of refresh tokens. `current` is the one that asks."""

    id: SessionId
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str
    user_agent: str
    current: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A pair of tokens, and whose they are. `expires_in` is of the access token, in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    user: User


@dataclass(frozen=True, slots=True)
class Verified:
    """What a valid access token says."""

    user_id: UserId
    email: str
    session_id: SessionId
    expires_at: str
