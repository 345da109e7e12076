"""What commands work with: built once at the top, passed to each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from commands.counting import Counting
from commands.errands import Errands
from commands.live_sessions import LiveSessions
from commands.passwords import Passwords
from commands.producer import Producer
from commands.quotas import Quotas
from commands.streams import OpenStreams
from domain.ids import SessionId, UserId
from fanout import Fanout, Limits
from storage import Storage


@dataclass(slots=True)
class Epoch:
    """The epoch of the database as last seen. It changes under us only when a backup is restored."""

    id: str


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """How accounts are run on this server."""

    secret: str
    registration_open: bool
    access_lifetime: timedelta
    refresh_lifetime: timedelta


@dataclass(frozen=True, slots=True)
class Services:
    storage: Storage
    fanout: Fanout
    limits: Limits
    quotas: Quotas
    sessions: LiveSessions
    streams: OpenStreams
    errands: Errands
    counting: Counting
    default_model: str | None
    """The model of a conversation that names none, where that is known."""
    producer: Producer
    passwords: Passwords
    policy: AccountPolicy
    epoch: Epoch
    now: Callable[[], datetime]
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a user, under one of their sessions, until their token expires."""

    user_id: UserId
    session_id: SessionId
    expires_at: datetime
