"""What commands work with: built once at the top, passed to each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bitworks.core.ids import SessionId, UserId
from bitworks.fanout import AttemptLimits, Fanout
from bitworks.features.accounts.live_sessions import LiveSessions
from bitworks.features.accounts.passwords import Passwords
from bitworks.features.limits.quotas import Quotas
from bitworks.features.models.counting import Counting
from bitworks.features.replies.producers.producer import Producer
from bitworks.features.streaming.open_streams import OpenStreams
from bitworks.features.streaming.owner_calls import Errands
from bitworks.stores import Storage


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
    limits: AttemptLimits
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
