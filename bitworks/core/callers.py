"""Callers of operations: anonymous, or a user with the proof that was given and the scopes that it opens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bitworks.core.ids import MessageId, SessionId, UserId

# What an operation needs: `read` and `write` of the history; `account`, a sign-in of the person; `reply`, the
# token that lets its bearer write one answer.
Scope = Literal["read", "write", "account", "reply"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from: the client's address, and at most 200 characters of its User-Agent."""

    address: str
    user_agent: str


# On a socket: what may be asked there does not depend on it, and keeping it would cost each device its bytes.
UNKNOWN_ORIGIN = Origin("", "")


@dataclass(frozen=True, slots=True)
class Anonymous:
    """A request without a proof of who makes it."""

    origin: Origin


@dataclass(frozen=True, slots=True)
class SessionProof:
    """An access token of one sign-in."""

    session_id: SessionId
    scopes = frozenset[Scope]({"read", "write", "account"})


@dataclass(frozen=True, slots=True)
class ReplyProof:
    """The token of one reply, which opens nothing but the message that the reply grows in."""

    message_id: MessageId
    scopes = frozenset[Scope]({"reply"})


@dataclass(frozen=True, slots=True)
class Caller:
    """A user, until `expires_at`, under a proof."""

    origin: Origin
    user_id: UserId
    proof: SessionProof | ReplyProof
    expires_at: datetime

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the proof opens."""
        return self.proof.scopes

    @property
    def session_id(self) -> SessionId:
        """The sign-in, for operations of the scope `account`, which no other proof opens."""
        assert isinstance(self.proof, SessionProof)
        return self.proof.session_id
