"""Tokens that must not open any door."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from bitworks.core.ids import SessionId, UserId
from bitworks.features.accounts.tokens import Claims, sign
from tests.support.instances import SECRET
from tests.support.people import Person
from tests.support.signing_in import another_session


async def bad_tokens(person: Person) -> dict[str, str]:
    """Tokens of this person that are worth nothing, by what is wrong with them."""
    now = datetime.now(UTC)
    payload = jwt.decode(person.token, options={"verify_signature": False})
    claims = Claims(UserId(person.id), SessionId(payload["sid"]), now + timedelta(hours=1))
    ended = await another_session(person)
    await ended.must("POST", "/auth/logout")
    nowhere = Claims(claims.user_id, SessionId(str(uuid.uuid4())), claims.expires_at)
    past = Claims(claims.user_id, claims.session_id, now - timedelta(seconds=1))
    head, body, signature = person.token.split(".")
    return {
        "none": "",
        "no token": "a.b.c",
        "expired": sign(SECRET, "access", past, now),
        "of another key": sign("another secret, also of at least 32 bytes", "access", claims, now),
        "of another algorithm": jwt.encode(payload, SECRET * 2, algorithm="HS512"),
        "not signed": jwt.encode(payload, None, algorithm="none"),
        "unsigned": f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{body}.{signature}",
        "tampered with": f"{head}.{_encoded({**payload, 'exp': payload['exp'] + 1})}.{signature}",
        "of another use": person.tokens["refresh_token"],
        "without an end": jwt.encode({k: payload[k] for k in payload if k != "exp"}, SECRET),
        "of a session that never was": sign(SECRET, "access", nowhere, now),
        "of a session that ended": ended.token,
    }


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
