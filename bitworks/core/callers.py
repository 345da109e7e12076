"""Callers of operations: anonymous, or a user with the proof that was given and the scopes that it opens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bitworks.core.ids import MessageId, SessionId, UserId

Scope = Literal["read", "write", "account", "reply"]
"""What an operation requires: `read` and `write` of the history; `account`, a session of the user; `reply`, the token
that lets its bearer write one reply."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from."""

    address: str
    """The client's IP address, as text; empty if unknown."""
    user_agent: str
    """The User-Agent header, at most 200 characters; empty if unknown."""


UNKNOWN_ORIGIN = Origin("", "")
"""The origin of requests on a socket: no operation there depends on it, and keeping it would cost memory per device."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """A caller without a proof."""

    origin: Origin
    """Where the request comes from."""


@dataclass(frozen=True, slots=True)
class SessionProof:
    """A verified access token of one session."""

    session_id: SessionId
    """The session that the token is bound to."""
    scopes = frozenset[Scope]({"read", "write", "account"})
    """The same for every session; not a field."""


@dataclass(frozen=True, slots=True)
class ReplyProof:
    """A verified token of one reply. It opens the message that the reply streams into, and nothing else."""

    message_id: MessageId
    """The streaming message that the token is bound to."""
    scopes = frozenset[Scope]({"reply"})
    """The same for every reply; not a field."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A user under a proof."""

    origin: Origin
    """Where the request comes from; `UNKNOWN_ORIGIN` on a socket."""
    user_id: UserId
    """The user that the proof names."""
    proof: SessionProof | ReplyProof
    """The verified proof. Whether its session has ended since is checked apart from it."""
    expires_at: datetime
    """UTC: the end of the proof, in whole seconds."""

    @property
    def scopes(self) -> frozenset[Scope]:
        """The scopes that the proof opens."""
        return self.proof.scopes

    @property
    def session_id(self) -> SessionId:
        """The session of the proof. Only for operations of the scope `account`, which no other proof opens."""
        assert isinstance(self.proof, SessionProof)
        return self.proof.session_id
