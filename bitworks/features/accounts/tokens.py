"""Access and refresh tokens: JWTs with one pinned algorithm, bound to a session. A reply token is bound
to one streaming message instead.

A refresh token names the generation of its session's family: each use makes the next one, and a
generation that comes back late is a stolen token. Times are passed in, never read from a clock.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

import jwt

from bitworks.core.errors import Unauthorized
from bitworks.core.ids import MessageId, SessionId, UserId

ALGORITHM = "HS256"
TOKEN_CACHE_SIZE = 2_000
"""Tokens whose verified claims are cached."""
Use = Literal["access", "refresh"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says. `generation` is 0 for access tokens."""

    user_id: UserId
    session_id: SessionId
    expires_at: datetime
    generation: int = 0


def sign(secret: str, use: Use, claims: Claims, now: datetime) -> str:
    """A token for these claims."""
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
    """The claims of a token that we signed for this use and that has not expired; else `Unauthorized`."""
    signed_for, claims = _signed(secret, token)
    if signed_for != use or claims.expires_at <= now:
        raise Unauthorized
    return claims


@lru_cache(TOKEN_CACHE_SIZE)
def _signed(secret: str, token: str) -> tuple[Use, Claims]:
    """What we signed stays what we signed, and a token comes with every request of its device."""
    payload = _payload(secret, token, ["use", "sub", "sid", "gen", "exp"])
    claims = Claims(UserId(payload["sub"]), SessionId(payload["sid"]), _time(payload["exp"]), payload["gen"])
    return payload["use"], claims


def sign_reply(secret: str, user_id: UserId, message_id: MessageId, expires_at: datetime) -> str:
    """A token that lets its bearer append to this message and finish it, and nothing else."""
    payload = {"use": "reply", "sub": user_id, "mid": message_id, "exp": int(expires_at.timestamp())}
    return jwt.encode(payload, secret, algorithm=ALGORITHM)


def verify_reply(secret: str, token: str, message_id: str, now: datetime) -> tuple[UserId, datetime]:
    """Whose message it is, and until when the token opens it; `Unauthorized` if it is not for this one."""
    payload = _payload(secret, token, ["use", "sub", "mid", "exp"])
    expires_at = _time(payload["exp"])
    if payload["use"] != "reply" or payload["mid"] != message_id or expires_at <= now:
        raise Unauthorized
    return UserId(payload["sub"]), expires_at


def _payload(secret: str, token: str, required: list[str]) -> dict[str, Any]:
    """What we signed; its times are not checked."""
    options: Any = {"require": required, "verify_exp": False, "verify_iat": False}
    try:
        payload: dict[str, Any] = jwt.decode(token, secret, algorithms=[ALGORITHM], options=options)
    except (jwt.InvalidTokenError, ValueError, TypeError):
        raise Unauthorized from None
    return payload


def _time(seconds: Any) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, TypeError, OverflowError):
        raise Unauthorized from None


def expiry(now: datetime, lifetime: timedelta) -> datetime:
    """The end of a lifetime that starts now, in whole seconds, as tokens count."""
    return (now + lifetime).replace(microsecond=0)
