"""Access and refresh tokens: JWTs with one pinned algorithm, bound to a session. A reply token is bound to one
streaming message instead.

A refresh token names its generation within its session: each use makes the next generation, and a generation that
comes back late is a stolen token. Times are passed in, never read from a clock.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

import jwt

from bitworks.core.errors import Unauthorized
from bitworks.core.ids import MessageId, SessionId, UserId

ALGORITHM = "HS256"
"""The one algorithm that is signed with and accepted."""
TOKEN_CACHE_SIZE = 2_000
"""Tokens whose verified claims are cached."""
Use = Literal["access", "refresh"]
"""What a token of a session is for; a token of one use is refused for the other."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a token of a session."""

    user_id: UserId
    """`sub`: the user."""
    session_id: SessionId
    """`sid`: the session."""
    expires_at: datetime
    """`exp`: the end, in whole seconds, UTC."""
    generation: int = 0
    """`gen`: how many refresh tokens of the session came before; 0 for access tokens."""


def sign(secret: str, use: Use, claims: Claims, now: datetime) -> str:
    """Returns a token with these claims."""
    return jwt.encode(
        {
            "use": use,
            "sub": claims.user_id,
            "sid": claims.session_id,
            "gen": claims.generation,
            "iat": int(now.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
        },
        secret,
        algorithm=ALGORITHM,
    )


def verify(secret: str, use: Use, token: str, now: datetime) -> Claims:
    """Returns the claims of a token. Raises `Unauthorized` unless we signed it for this use, and it has not expired."""
    signed_for, claims = _signed(secret, token)
    if signed_for != use or claims.expires_at <= now:
        raise Unauthorized
    return claims


def is_ours(secret: str, token: str) -> bool:
    """Returns whether we signed this token for a session, whatever has become of that since."""
    try:
        _signed(secret, token)
    except Unauthorized:
        return False
    return True


@lru_cache(TOKEN_CACHE_SIZE)
def _signed(secret: str, token: str) -> tuple[Use, Claims]:
    """Checks the signature, which never changes; cached, because every request of a device brings the same token."""
    payload = _payload(secret, token, ["use", "sub", "sid", "gen", "exp"])
    claims = Claims(UserId(payload["sub"]), SessionId(payload["sid"]), _time(payload["exp"]), payload["gen"])
    return payload["use"], claims


def sign_reply(secret: str, user_id: UserId, message_id: MessageId, expires_at: datetime) -> str:
    """Returns a token that allows its bearer to append to this message and finish it, and nothing else."""
    payload = {"use": "reply", "sub": user_id, "mid": message_id, "exp": int(expires_at.timestamp())}
    return jwt.encode(payload, secret, algorithm=ALGORITHM)


def verify_reply(secret: str, token: str, message_id: str, now: datetime) -> tuple[UserId, datetime]:
    """Returns the user of the message and the end of the token. Raises `Unauthorized` if it is not for this message."""
    payload = _payload(secret, token, ["use", "sub", "mid", "exp"])
    expires_at = _time(payload["exp"])
    if payload["use"] != "reply" or payload["mid"] != message_id or expires_at <= now:
        raise Unauthorized
    return UserId(payload["sub"]), expires_at


def _payload(secret: str, token: str, required: list[str]) -> dict[str, Any]:
    """Returns the payload of a token that we signed. `exp` and `iat` are not checked: the clock is the caller's."""
    options: Any = {"require": required, "verify_exp": False, "verify_iat": False}
    try:
        payload: dict[str, Any] = jwt.decode(token, secret, algorithms=[ALGORITHM], options=options)
    except (jwt.InvalidTokenError, ValueError, TypeError):
        # ValueError: an unpaired surrogate in the token, for which PyJWT has no error of its own.
        raise Unauthorized from None
    return payload


def _time(seconds: Any) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, TypeError, OverflowError):
        raise Unauthorized from None


def expiry(now: datetime, lifetime: timedelta) -> datetime:
    """Returns the end of a lifetime that starts now, in whole seconds, as `exp` has it."""
    return (now + lifetime).replace(microsecond=0)
