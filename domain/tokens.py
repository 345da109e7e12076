"""Access and refresh tokens: JWTs with one pinned algorithm, bound to a session.

A refresh token names the generation of its session's family: each use makes the next one, and a
generation that comes back late is a stolen token. Times are passed in, never read from a clock.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import jwt

from domain.errors import Unauthorized
from domain.ids import SessionId, UserId

ALGORITHM = "HS256"
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
    try:
        payload = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            options={
                "require": ["use", "sub", "sid", "gen", "exp"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
        expires_at = datetime.fromtimestamp(payload["exp"], UTC)
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
        raise Unauthorized from None
    if payload["use"] != use or expires_at <= now:
        raise Unauthorized
    return Claims(UserId(payload["sub"]), SessionId(payload["sid"]), expires_at, payload["gen"])


def expiry(now: datetime, lifetime: timedelta) -> datetime:
    """The end of a lifetime that starts now, in whole seconds, as tokens count."""
    return (now + lifetime).replace(microsecond=0)
